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
        let mut known = None;
        match self.take_pages(&delta, &mut known).await {
            Ok(next) => {
                self.delta = Some(next);
                let Some(known) = known else { return Ok(None) };
                self.known = known;
                Ok(Some(self.known_people()))
            }
            // What has changed is not known there any more, or the link is over: from the beginning, once.
            Err(SourceError::Refused { status: 400 | 404 | 410, .. }) => {
                let before = self.known_people();
                let now = self.all_people().await?;
                Ok((before != now).then_some(now))
            }
            Err(error) => Err(error),
        }
    }

    /// All people as they were told last.
    pub fn known_people(&self) -> Vec<SourcedPerson> {
        self.known.iter().filter_map(|(id, said)| person(id, said)).collect()
    }

    async fn all_people(&mut self) -> Result<Vec<SourcedPerson>, SourceError> {
        let first = self.at(&format!("users/delta?$select={SELECTED}"));
        let mut known = Some(BTreeMap::new());
        let next = self.take_pages(&first, &mut known).await?;
        (self.delta, self.known) = (Some(next), known.unwrap_or_default());
        Ok(self.known_people())
    }

    /// Takes one page after the other into those who are known, which are copied when the first change is told. Says
    /// where the next changes are told.
    async fn take_pages(
        &mut self,
        first: &str,
        known: &mut Option<BTreeMap<String, Map<String, Value>>>,
    ) -> Result<String, SourceError> {
        let (mut url, mut told) = (first.to_owned(), 0);
        loop {
            let mut page = self.ask(&url, None).await?;
            let unreadable = || SourceError::Unreadable(url.clone());
            let Some(Value::Array(people)) = page.get_mut("value").map(Value::take) else {
                return Err(unreadable());
            };
            // A page may be empty, but whoever sends only such ones sends them without end.
            told += people.len().max(1);
            if told > 4 * MOST_PEOPLE {
                return Err(SourceError::TooMany(MOST_PEOPLE));
            }
            for person in people {
                let Value::Object(mut said) = person else { return Err(unreadable()) };
                let Some(Value::String(id)) = said.get("id").cloned() else { return Err(unreadable()) };
                let known = known.get_or_insert_with(|| self.known.clone());
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
            return self.follow(delta);
        }
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
