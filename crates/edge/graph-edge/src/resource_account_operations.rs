//! Finding resource accounts (Graph: `admin/teams/resourceAccounts`, beta).

use axum::response::Response;
use serde_json::Value;

use crate::asking::{Asking, shown};
use crate::graph_error::GraphError;
use crate::query::Options;
use crate::resource_account::{PROPERTIES, ResourceAccount};
use crate::user_operations::Page;

impl Asking {
    /// `GET /beta/admin/teams/resourceAccounts`.
    pub(crate) fn list_resource_accounts(&self) -> Result<Response, GraphError> {
        let options = Options::parse(self.query.as_deref(), &PROPERTIES)?;
        let properties = options.select.clone().unwrap_or_else(|| PROPERTIES.to_vec());
        let accounts = self.caller.company.resource_accounts();
        let page = Page::of(accounts, &options, |account| account.id, ResourceAccount::field);
        let value = page.items.iter().map(|account| Value::Object(account.shown(&properties))).collect();
        Ok(shown(self.list("admin/teams/resourceAccounts", value, &options, page.count, page.next.as_ref())))
    }
}
