//! What a journal holds of one call, and of all that it met.

use std::collections::BTreeSet;
use std::sync::Arc;

use borsh::BorshDeserialize;
use call_engine::Limits;
use clock::Now;
use identifier::{CallId, Home};
use tenant::Directory;

use crate::entry::{Body, Entry, Head};
use crate::frame::{self, Kind};

/// The entries of some calls that met each other, in their order, with what held for them.
#[derive(Clone, Debug, Default)]
pub struct Excerpt {
    /// The calls.
    pub calls: BTreeSet<CallId>,
    /// What happened to them.
    pub items: Vec<Item>,
}

/// One thing in an excerpt.
#[derive(Clone, Debug)]
pub enum Item {
    /// This holds from now on.
    Setting(Arc<Setting>),
    /// This happened.
    Entry(Box<Entry>),
    /// So much that happened was not kept; these calls may have been concerned.
    Gap(u64),
}

/// What holds for all calls of an exchange.
#[derive(Debug)]
pub struct Setting {
    /// The exchange.
    pub home: Home,
    /// Its bounds.
    pub limits: Limits,
    /// Its directory, without secrets.
    pub directory: Arc<Directory>,
}

/// One frame of a journal, as far as it had to be read.
pub(crate) enum Frame<'a> {
    Setting(&'a [u8]),
    Entry(Head, &'a [u8]),
    Gap { home: Home, count: u64 },
}

/// The frames in some bytes, up to where they end or are torn.
pub(crate) fn frames<'a>(bytes: &mut &'a [u8]) -> impl Iterator<Item = Frame<'a>> {
    std::iter::from_fn(move || {
        let (kind, mut content) = frame::take(bytes)?;
        match kind {
            Kind::Setting => Some(Frame::Setting(content)),
            Kind::Entry => Some(Frame::Entry(Head::deserialize(&mut content).ok()?, content)),
            Kind::Gap => {
                let (home, count) = <(Home, u64)>::deserialize(&mut content).ok()?;
                Some(Frame::Gap { home, count })
            }
        }
    })
}

/// What is looked for: some calls, and the names that lead to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Circle {
    pub calls: BTreeSet<CallId>,
    names: BTreeSet<u128>,
}

impl Circle {
    /// Whoever is called so.
    pub(crate) fn of(name: u128) -> Self {
        Self { calls: BTreeSet::from([CallId::from_u128(name)]), names: BTreeSet::from([name]) }
    }

    /// Whether an entry is about somebody in the circle; who met them belongs to it from now on.
    pub(crate) fn takes(&mut self, head: &Head) -> bool {
        let is_named = head.names.iter().any(|name| self.names.contains(name));
        let is_about = head.calls.iter().any(|call| self.calls.contains(call));
        // A name among several calls that did not meet says nothing about which.
        let is_sole = head.meets || head.calls.len() == 1;
        if !(is_about || is_named && is_sole) {
            return false;
        }
        if is_sole {
            self.calls.extend(&head.calls);
            self.names.extend(&head.names);
        }
        true
    }

    /// How much is known; the circle is whole when it no longer grows.
    pub(crate) fn size(&self) -> usize {
        self.calls.len() + self.names.len()
    }
}

/// Collects an excerpt from frames in their order.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    pub excerpt: Excerpt,
    /// Not yet part of the excerpt: nothing has happened under it.
    setting: Option<Arc<Setting>>,
    is_setting_new: bool,
    /// Where the entries are from: the run of the process, and the exchange.
    source: Option<(u128, Home)>,
}

impl Collector {
    pub(crate) fn setting(&mut self, content: &[u8]) {
        let Some(setting) = read_setting(content) else { return };
        self.setting = Some(Arc::new(setting));
        self.is_setting_new = true;
    }

    pub(crate) fn entry(&mut self, run: u128, head: Head, mut body: &[u8]) {
        let Ok(body) = Body::deserialize(&mut body) else { return };
        if let Some(setting) = self.setting.clone().filter(|_| std::mem::take(&mut self.is_setting_new)) {
            self.excerpt.items.push(Item::Setting(setting));
        }
        self.source = Some((run, head.home));
        self.excerpt.items.push(Item::Entry(Box::new(Entry { head, body })));
    }

    pub(crate) fn gap(&mut self, run: u128, home: Home, count: u64) {
        if self.source == Some((run, home)) {
            self.excerpt.items.push(Item::Gap(count));
        }
    }
}

fn read_setting(mut content: &[u8]) -> Option<Setting> {
    let (home, limits) = <(Home, Limits)>::deserialize(&mut content).ok()?;
    let directory = Arc::new(Directory::deserialize(&mut content).ok()?);
    Some(Setting { home, limits, directory })
}

impl Excerpt {
    /// All calls of a journal in memory, each with those it met.
    pub fn all(journal: &[u8]) -> Vec<Self> {
        let mut circles = Circles::default();
        frames(&mut &*journal).for_each(|frame| {
            if let Frame::Entry(head, _) = frame {
                circles.see(&head);
            }
        });
        let mut collectors: Vec<Collector> = Vec::new();
        collectors.resize_with(circles.count(), Collector::default);
        for frame in frames(&mut &*journal) {
            match frame {
                Frame::Setting(content) => {
                    let setting = read_setting(content).map(Arc::new);
                    for collector in &mut collectors {
                        (collector.setting, collector.is_setting_new) = (setting.clone(), true);
                    }
                }
                Frame::Entry(head, body) => {
                    for circle in circles.of(&head) {
                        collectors[circle].entry(0, head.clone(), body);
                    }
                }
                Frame::Gap { home, count } => {
                    collectors.iter_mut().for_each(|collector| collector.gap(0, home, count));
                }
            }
        }
        let mut excerpts: Vec<Self> = collectors.into_iter().map(|collector| collector.excerpt).collect();
        for (call, circle) in circles.calls() {
            excerpts[circle].calls.insert(call);
        }
        excerpts.retain(|excerpt| !excerpt.items.is_empty());
        excerpts
    }

    /// All that a file of a journal holds; none when it is no journal of this format.
    pub fn of_file(mut file: &[u8]) -> Option<Self> {
        frame::read_header(&mut file).ok().flatten().map(|_| Self::whole(file))
    }

    /// The whole journal as one excerpt, as if all had met.
    pub fn whole(journal: &[u8]) -> Self {
        let mut collector = Collector::default();
        for frame in frames(&mut &*journal) {
            match frame {
                Frame::Setting(content) => collector.setting(content),
                Frame::Entry(head, body) => {
                    collector.excerpt.calls.extend(&head.calls);
                    collector.entry(0, head, body);
                }
                Frame::Gap { home, count } => collector.gap(0, home, count),
            }
        }
        collector.excerpt
    }

    /// What happened, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.items.iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(&**entry),
            Item::Setting(_) | Item::Gap(_) => None,
        })
    }

    /// When the first of it happened.
    pub fn began(&self) -> Option<Now> {
        self.entries().next().map(|entry| entry.head.at)
    }

    /// How much that happened meanwhile was not kept.
    pub fn lost(&self) -> u64 {
        let count = |item: &Item| if let Item::Gap(count) = item { *count } else { 0 };
        self.items.iter().map(count).sum()
    }

    /// A call whose beginning is not in the excerpt, if there is one.
    pub fn without_beginning(&self) -> Option<CallId> {
        let mut known: BTreeSet<CallId> = BTreeSet::new();
        for entry in self.entries() {
            known.extend(entry.head.begun());
            let stranger = |call: &&CallId| self.calls.contains(call) && !known.contains(call);
            if entry.head.meets
                && let Some(call) = entry.head.calls.iter().find(stranger)
            {
                return Some(*call);
            }
        }
        None
    }
}

/// All calls of a journal, sorted by whom they met.
#[derive(Debug, Default)]
struct Circles {
    /// The circle of each call; a circle may have been joined to another since.
    calls: std::collections::BTreeMap<CallId, usize>,
    joined: Vec<usize>,
}

impl Circles {
    fn see(&mut self, head: &Head) {
        let mut circles: Vec<usize> = Vec::new();
        for call in &head.calls {
            let circle = match self.calls.get(call) {
                Some(circle) => *circle,
                None => {
                    self.joined.push(self.joined.len());
                    self.calls.insert(*call, self.joined.len() - 1);
                    self.joined.len() - 1
                }
            };
            circles.push(self.root(circle));
        }
        if head.meets
            && let Some(first) = circles.first()
        {
            circles.iter().for_each(|circle| self.joined[*circle] = *first);
        }
    }

    fn root(&self, mut circle: usize) -> usize {
        while self.joined[circle] != circle {
            circle = self.joined[circle];
        }
        circle
    }

    fn count(&self) -> usize {
        self.joined.len()
    }

    fn of(&self, head: &Head) -> BTreeSet<usize> {
        head.calls.iter().filter_map(|call| self.calls.get(call)).map(|circle| self.root(*circle)).collect()
    }

    fn calls(&self) -> impl Iterator<Item = (CallId, usize)> {
        self.calls.iter().map(|(call, circle)| (*call, self.root(*circle)))
    }
}
