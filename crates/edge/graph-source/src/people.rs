//! People of the source: all of them at first, what has changed from then on (Graph: `users/delta`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::asking::{Source, SourceError};

/// People of one directory that are taken.
const MOST_PEOPLE: usize = 100_000;
/// What is asked of people.
const SELECTED: &str = "id,userPrincipalName,displayName,givenName,surname,mail,jobTitle,department,officeLocation,\
                        mobilePhone,businessPhones,accountEnabled,usageLocation";

/// Somebody, as the source knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SourcedPerson {
    pub id: String,
    pub user_principal_name: String,
    pub display_name: Option<String>,
    pub given_name: Option<String>,
    pub surname: Option<String>,
    pub mail: Option<String>,
    pub job_title: Option<String>,
    pub department: Option<String>,
    pub office_location: Option<String>,
    pub mobile_phone: Option<String>,
    pub business_phones: Vec<String>,
    pub account_enabled: bool,
    pub usage_location: Option<String>,
}

impl Source {
    /// All people as they are now; `None` when nothing has changed since it was asked before.
    pub async fn people(&mut self) -> Result<Option<Vec<SourcedPerson>>, SourceError> {
        let Some(delta) = self.delta.clone() else { return self.all_people().await.map(Some) };
        let mut known = self.known.clone();
        match self.take_pages(&delta, &mut known).await {
            Ok((0, next)) => {
                self.delta = Some(next);
                Ok(None)
            }
            Ok((_, next)) => {
                (self.delta, self.known) = (Some(next), known);
                Ok(Some(self.told()))
            }
            // What has changed is not known there any more: from the beginning.
            Err(SourceError::Refused { status: 410, .. }) => {
                let before = self.told();
                let now = self.all_people().await?;
                Ok((before != now).then_some(now))
            }
            Err(error) => Err(error),
        }
    }

    async fn all_people(&mut self) -> Result<Vec<SourcedPerson>, SourceError> {
        let first = self.at(&format!("users/delta?$select={SELECTED}"));
        let mut known = BTreeMap::new();
        let (_, next) = self.take_pages(&first, &mut known).await?;
        (self.delta, self.known) = (Some(next), known);
        Ok(self.told())
    }

    /// Takes one page after the other. Says how much was told, and where the next changes are told.
    async fn take_pages(
        &mut self,
        first: &str,
        known: &mut BTreeMap<String, Map<String, Value>>,
    ) -> Result<(usize, String), SourceError> {
        let (mut url, mut told) = (first.to_owned(), 0);
        loop {
            let mut page = self.ask(&url, None).await?;
            let unreadable = || SourceError::Unreadable(url.clone());
            let Value::Array(people) = page["value"].take() else { return Err(unreadable()) };
            // A page may be empty, but whoever sends only such ones sends them without end.
            told += people.len().max(1);
            if told > 4 * MOST_PEOPLE {
                return Err(SourceError::TooMany(MOST_PEOPLE));
            }
            let is_empty = people.is_empty();
            for person in people {
                let Value::Object(mut said) = person else { return Err(unreadable()) };
                let Some(Value::String(id)) = said.get("id").cloned() else { return Err(unreadable()) };
                if said.contains_key("@removed") {
                    known.remove(&id);
                    continue;
                }
                // Of somebody who is known only what has changed is said.
                known.entry(id).or_default().append(&mut said);
                if known.len() > MOST_PEOPLE {
                    return Err(SourceError::TooMany(MOST_PEOPLE));
                }
            }
            if let Some(next) = page["@odata.nextLink"].as_str() {
                url = self.follow(next)?;
                continue;
            }
            let delta = page["@odata.deltaLink"].as_str().ok_or_else(unreadable)?;
            let is_nothing = is_empty && told == 1;
            return Ok((if is_nothing { 0 } else { told }, self.follow(delta)?));
        }
    }

    fn told(&self) -> Vec<SourcedPerson> {
        self.known.iter().filter_map(|(id, said)| person(id, said)).collect()
    }
}

/// Somebody without a name in the directory is nobody whom one could call.
fn person(id: &str, said: &Map<String, Value>) -> Option<SourcedPerson> {
    let text =
        |name: &str| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(String::from);
    let phones = said.get("businessPhones").and_then(Value::as_array).into_iter().flatten();
    Some(SourcedPerson {
        id: id.to_owned(),
        user_principal_name: text("userPrincipalName")?,
        display_name: text("displayName"),
        given_name: text("givenName"),
        surname: text("surname"),
        mail: text("mail"),
        job_title: text("jobTitle"),
        department: text("department"),
        office_location: text("officeLocation"),
        mobile_phone: text("mobilePhone"),
        business_phones: phones.filter_map(Value::as_str).map(String::from).collect(),
        account_enabled: said.get("accountEnabled").and_then(Value::as_bool).unwrap_or(true),
        usage_location: text("usageLocation"),
    })
}
