//! Which objects name which, for many questions.

use std::collections::{HashMap, HashSet};

use tenant_document::{Kind, Objects, folded};

/// Who names objects of one kind, by the name or id that they write.
pub(crate) struct Uses(HashMap<String, Vec<Use>>);

struct Use {
    kind: Kind,
    identity: String,
    field: String,
}

impl Uses {
    /// All references to objects of a kind.
    pub(crate) fn of(objects: &Objects, kind: Kind) -> Self {
        let mut uses: HashMap<String, Vec<Use>> = HashMap::new();
        for object in objects.iter() {
            for reference in object.references() {
                if reference.kinds.contains(&kind) {
                    let one =
                        Use { kind: object.kind(), identity: object.identity(), field: reference.field };
                    uses.entry(folded(&reference.name)).or_default().push(one);
                }
            }
        }
        Self(uses)
    }

    /// The first that names an object by one of these, people apart who are `gone`, by folded name:
    /// `user alice@contoso.example (policies.callingPolicy)`.
    pub(crate) fn first<const COUNT: usize>(
        &self,
        called: [&String; COUNT],
        gone: &HashSet<String>,
    ) -> Option<String> {
        let uses = called.iter().filter_map(|name| self.0.get(&folded(name))).flatten();
        let mut uses = uses.filter(|one| one.kind != Kind::User || !gone.contains(&folded(&one.identity)));
        uses.next().map(|one| format!("{} {} ({})", one.kind.noun(), one.identity, one.field))
    }

    /// All that name an object so.
    pub(crate) fn objects(&self, called: &str) -> Vec<(Kind, String)> {
        let uses = self.0.get(&folded(called)).into_iter().flatten();
        uses.map(|one| (one.kind, one.identity.clone())).collect()
    }
}
