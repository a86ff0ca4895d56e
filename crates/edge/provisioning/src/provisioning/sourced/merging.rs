//! People of another directory on their way into the objects of a tenant.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use entropy::Entropy;
use identifier::{ObjectId, TenantId};
use serde_json::{Map, Value};
use tenant::Directory;
use tenant_document::{Kind, Object, Objects, TenantDocument, folded, same_name};

use super::super::{foreign, merge, nameless};
use super::{OWNED, SourcedUser};
use crate::company::KeptObjects;
use crate::gate;
use crate::ids;
use crate::names::ids_of;
use crate::refusal::Refusal;
use crate::uses::Uses;

/// How often people who do not go together with the rest are left out before all is refused.
const ROUNDS: usize = 8;
/// So many may always leave the directory at once.
const FEW_LEAVERS: usize = 10;
/// Of more, one in so many.
const SHARE_OF_LEAVERS: usize = 5;
/// What of a person the directory says once, when they are new; from then on it is the company's.
const SAID_ONCE: &str = "usageLocation";

/// What is merged, and into what.
pub(super) struct Merging {
    pub tenant: TenantId,
    pub name: String,
    /// All people whom the directory knows now.
    pub people: Vec<SourcedUser>,
    pub kept: Arc<KeptObjects>,
    /// Ids of those who came from the directory before.
    pub before: Arc<HashSet<String>>,
    /// What is in force, of all tenants.
    pub directory: Arc<Directory>,
    pub entropy: Entropy,
}

/// What came of it.
pub(super) struct Merged {
    pub wanted: Objects,
    /// Ids of those who come from the directory now.
    pub taken: HashSet<String>,
    pub conflicts: Vec<String>,
}

impl Merging {
    /// Takes all people who go together with the rest. Takes a while.
    pub(super) fn settle(self) -> Result<Merged, Refusal> {
        let mut start = self.kept.objects.clone();
        if start.tenant().is_none() {
            start.put(nameless(&self.name, self.tenant)?);
        }
        let told: HashSet<String> = self.people.iter().map(|one| folded(&one.user_principal_name)).collect();
        let mut left_out: HashMap<String, String> = HashMap::new();
        let mut closes_leavers = false;
        for _ in 0..ROUNDS {
            let round = Round::of(&self, &start, &left_out, closes_leavers);
            let mut merged = round.merge();
            let mut filled = merged.wanted.clone();
            let mut entropy = self.entropy.clone();
            ids::fill(&mut filled, &self.kept.objects, self.tenant, &self.kept.ids, &mut entropy);
            let found = gate::check(&filled, &self.kept.objects, &|number| foreign(&self.directory, number));
            let (known, mut has_others) = (left_out.len(), false);
            for fault in found {
                let who = folded(&fault.identity);
                if fault.kind == Kind::User && told.contains(&who) {
                    left_out.entry(who).or_insert_with(|| format!("{}: {}", fault.field, fault.reason));
                } else {
                    has_others = true;
                }
            }
            if left_out.len() > known {
                continue;
            }
            // What counts people, such as licenses of accounts, may want those who leave.
            if has_others && !closes_leavers {
                closes_leavers = true;
                continue;
            }
            let left_out = left_out.iter().map(|(who, reason)| format!("{who} is not taken: {reason}"));
            merged.conflicts.extend(left_out);
            merged.conflicts.sort();
            return Ok(merged);
        }
        Err(Refusal::Told("take the people of the directory: too many do not go together".to_owned()))
    }
}

pub(super) fn object_id(object: &Object) -> Option<String> {
    let [id, _] = ids_of(object);
    id.map(|id| id.to_ascii_lowercase())
}

/// Somebody who is to be taken.
struct Plan {
    id: String,
    /// Their name up to now, and their id up to now.
    was: Option<(String, String)>,
    object: Object,
    is_dropped: bool,
}

impl Plan {
    /// Whether they take a name that was not theirs.
    fn is_named_anew(&self) -> bool {
        self.was.as_ref().is_none_or(|(name, _)| !same_name(name, &self.object.identity()))
    }
}

/// One try to merge all people but those who are left out.
struct Round<'a> {
    merging: &'a Merging,
    left_out: &'a HashMap<String, String>,
    closes_leavers: bool,
    wanted: Objects,
    /// Names of those who are there, by id.
    names: HashMap<String, String>,
    /// Ids of resource accounts.
    accounts: HashSet<String>,
    /// Ids whom the directory tells of.
    told: HashSet<String>,
    uses: Uses,
    taken: HashSet<String>,
    conflicts: Vec<String>,
}

impl<'a> Round<'a> {
    fn of(
        merging: &'a Merging,
        start: &Objects,
        left_out: &'a HashMap<String, String>,
        closes_leavers: bool,
    ) -> Self {
        let names = start.of(Kind::User).filter_map(|person| Some((object_id(person)?, person.identity())));
        Self {
            merging,
            left_out,
            closes_leavers,
            names: names.collect(),
            accounts: start.of(Kind::ResourceAccount).filter_map(object_id).collect(),
            told: merging.people.iter().map(|one| one.object_id.to_ascii_lowercase()).collect(),
            uses: Uses::of(start, Kind::User),
            wanted: start.clone(),
            taken: HashSet::new(),
            conflicts: Vec::new(),
        }
    }

    fn merge(mut self) -> Merged {
        let known: Vec<Option<(String, String)>> =
            self.merging.people.iter().map(|person| self.known(person)).collect();
        let carried: HashSet<&str> = known.iter().flatten().map(|(_, id)| id.as_str()).collect();
        self.part(&carried);
        let mut plans = Vec::new();
        let mut claimed = HashMap::new();
        for (person, known) in self.merging.people.iter().zip(&known) {
            let name = folded(&person.user_principal_name);
            if self.left_out.contains_key(&name) {
                self.stay(known.as_ref());
                continue;
            }
            if known.is_none() && !person.is_enabled {
                continue;
            }
            let planned = match claimed.contains_key(&name) {
                true => Err("the directory has two people of this name".to_owned()),
                false => self.plan(person, known.clone()),
            };
            match planned {
                Ok(plan) => {
                    claimed.insert(name, plans.len());
                    plans.push(plan);
                }
                Err(reason) => self.drop_one(&person.user_principal_name, known.as_ref(), &reason),
            }
        }
        self.drop_unfree(&mut plans, &claimed);
        self.put(plans);
        Merged { wanted: self.wanted, taken: self.taken, conflicts: self.conflicts }
    }

    /// Whom the company has for this person: by id, or by name where the directory does not know that one any more
    /// and has this one instead. By name and id.
    fn known(&self, person: &SourcedUser) -> Option<(String, String)> {
        let id = person.object_id.to_ascii_lowercase();
        if let Some(name) = self.names.get(&id) {
            return Some((name.clone(), id));
        }
        let holder = self.wanted.get(Kind::User, &person.user_principal_name)?;
        let before = object_id(holder)?;
        let is_gone = self.merging.before.contains(&before) && !self.told.contains(&before);
        is_gone.then(|| (holder.identity(), before))
    }

    /// They are as they were, if they were.
    fn stay(&mut self, known: Option<&(String, String)>) {
        let known = known.filter(|(_, id)| self.merging.before.contains(id));
        self.taken.extend(known.map(|(_, id)| id.clone()));
    }

    fn drop_one(&mut self, name: &str, known: Option<&(String, String)>, reason: &str) {
        self.conflicts.push(format!("{name} is not taken: {reason}"));
        self.stay(known);
    }

    /// Those whom the directory does not know any more are gone, unless something here needs them: then they are
    /// closed. Before all else, since their names are free then.
    fn part(&mut self, carried: &HashSet<&str>) {
        let before = self.merging.before.iter().filter_map(|id| Some((id, self.names.get(id)?)));
        let before: Vec<(String, String)> = before.map(|(id, name)| (id.clone(), name.clone())).collect();
        let is_leaver =
            |(id, _): &&(String, String)| !self.told.contains(id) && !carried.contains(id.as_str());
        let leavers: Vec<(String, String)> = before.iter().filter(is_leaver).cloned().collect();
        if leavers.len() > FEW_LEAVERS && leavers.len() * SHARE_OF_LEAVERS > before.len() {
            self.conflicts.push(format!(
                "{} of {} people are gone from the directory at once and are kept, since that may be a mistake; if it \
                 is none, take [tenants.directory] away, start, remove them here, and put it back",
                leavers.len(),
                before.len()
            ));
            self.taken.extend(leavers.into_iter().map(|(id, _)| id));
            return;
        }
        let mut gone: HashSet<String> = leavers.iter().map(|(_, name)| folded(name)).collect();
        loop {
            // Whoever is needed by those alone who go too is not needed.
            let needed = |(id, name): &&(String, String)| {
                gone.contains(&folded(name)) && self.uses.first([name, id], &gone).is_some()
            };
            let needed: Vec<String> = leavers.iter().filter(needed).map(|(_, name)| folded(name)).collect();
            if needed.is_empty() {
                break;
            }
            for name in needed {
                gone.remove(&name);
            }
        }
        for (id, name) in leavers {
            if !self.closes_leavers && gone.contains(&folded(&name)) {
                self.wanted.remove(Kind::User, &name);
                continue;
            }
            let why = self.uses.first([&name, &id], &gone).map_or_else(
                || "what the company has does not go together without them".to_owned(),
                |user| format!("{user} uses them"),
            );
            let closing = Map::from_iter([("accountDisabled".to_owned(), true.into())]);
            if let Some(person) = self.wanted.get(Kind::User, &name) {
                let mut body = person.to_short_json();
                merge(&mut body, &closing);
                if let Ok(closed) = TenantDocument::read_object(Kind::User, &body) {
                    self.wanted.put(closed);
                }
            }
            self.conflicts
                .push(format!("{name} is gone from the directory and is closed, not removed: {why}"));
            self.taken.insert(id);
        }
    }

    /// What becomes of somebody if nothing else is in the way of their name.
    fn plan(&self, person: &SourcedUser, was: Option<(String, String)>) -> Result<Plan, String> {
        let (id, name) = (person.object_id.to_ascii_lowercase(), &person.user_principal_name);
        if self.accounts.contains(&id) {
            return Err("a resource account of the company has their id".to_owned());
        }
        if self.wanted.get(Kind::ResourceAccount, name).is_some() {
            return Err("the company has somebody else of this name".to_owned());
        }
        let (directory, tenant) = (&self.merging.directory, self.merging.tenant);
        let by_id = id.parse::<ObjectId>().ok().and_then(|id| directory.organization_of(id));
        if by_id.is_some_and(|organization| organization.tenant() != tenant) {
            return Err("another tenant has somebody of this id".to_owned());
        }
        let by_name = directory.person_named(name).map(|(organization, _)| organization);
        let by_name = by_name.or_else(|| directory.account_named(name).map(|(organization, _)| organization));
        if by_name.is_some_and(|organization| organization.tenant() != tenant) {
            return Err("another tenant has somebody of this name".to_owned());
        }
        let known = was.as_ref().and_then(|(name, _)| self.wanted.get(Kind::User, name));
        if let Some((before, _)) = was.as_ref().filter(|(before, _)| !same_name(before, name))
            && let Some(user) = self.uses.first([before], &HashSet::new())
        {
            return Err(format!("they were {before} before, and {user} names them so"));
        }
        let mut body = known.map_or_else(|| Value::Object(Map::new()), Object::to_short_json);
        let mut said: Map<String, Value> =
            OWNED.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
        said.extend(person.fields.clone());
        if known.is_some() {
            said.remove(SAID_ONCE);
        }
        said.insert("objectId".to_owned(), id.clone().into());
        said.insert("userPrincipalName".to_owned(), name.clone().into());
        said.insert("accountDisabled".to_owned(), (!person.is_enabled).into());
        merge(&mut body, &said);
        let object = TenantDocument::read_object(Kind::User, &body).map_err(|faults| faults.to_string())?;
        Ok(Plan { id, was, object, is_dropped: false })
    }

    /// Drops those whose name somebody has who does not give it up; and then those who wanted theirs.
    fn drop_unfree(&mut self, plans: &mut [Plan], claimed: &HashMap<String, usize>) {
        let given_up: HashSet<String> = plans
            .iter()
            .filter(|plan| plan.is_named_anew())
            .filter_map(|plan| Some(folded(&plan.was.as_ref()?.0)))
            .collect();
        let is_unfree = |plan: &Plan| {
            let name = plan.object.identity();
            let is_held = self.wanted.get(Kind::User, &name).is_some();
            plan.is_named_anew() && is_held && !given_up.contains(&folded(&name))
        };
        let unfree = plans.iter().enumerate().filter(|(_, plan)| is_unfree(plan));
        let mut unfree: Vec<usize> = unfree.map(|(index, _)| index).collect();
        while let Some(index) = unfree.pop() {
            let plan = &mut plans[index];
            if std::mem::replace(&mut plan.is_dropped, true) {
                continue;
            }
            let (name, was) = (plan.object.identity(), plan.was.clone());
            self.drop_one(&name, was.as_ref(), "the company has somebody else of this name");
            unfree.extend(was.and_then(|(name, _)| claimed.get(&folded(&name)).copied()));
        }
    }

    fn put(&mut self, plans: Vec<Plan>) {
        let plans: Vec<Plan> = plans.into_iter().filter(|plan| !plan.is_dropped).collect();
        for plan in plans.iter().filter(|plan| plan.is_named_anew()) {
            if let Some((name, _)) = &plan.was {
                self.wanted.remove(Kind::User, name);
            }
        }
        let mut renumbered = Vec::new();
        for Plan { id, was, object, .. } in plans {
            if self.wanted.get(Kind::User, &object.identity()) != Some(&object) {
                self.wanted.put(object);
            }
            renumbered
                .extend(was.filter(|(_, before)| *before != id).map(|(_, before)| (before, id.clone())));
            self.taken.insert(id);
        }
        for (before, id) in renumbered {
            self.name_by(&before, &id);
        }
    }

    /// What names somebody by the id that they had names them by the one that they have.
    fn name_by(&mut self, before: &str, id: &str) {
        for (kind, identity) in self.uses.objects(before) {
            let Some(object) = self.wanted.get(kind, &identity) else { continue };
            let mut body = object.to_short_json();
            replace(&mut body, before, id);
            if let Ok(object) = TenantDocument::read_object(kind, &body) {
                self.wanted.put(object);
            }
        }
    }
}

fn replace(value: &mut Value, before: &str, now: &str) {
    match value {
        Value::String(text) if text.eq_ignore_ascii_case(before) => *text = now.to_owned(),
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, before, now)),
        Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, before, now)),
        _ => {}
    }
}
