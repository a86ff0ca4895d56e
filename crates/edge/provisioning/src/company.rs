//! What calls must know of a company, from the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use identifier::{ObjectId, TenantId, TrunkName};
use store::{Consent, Store};
use tenant::organization::{Organization, Persona};
use tenant::{DiversionHeader, MediaEncryption, Pairing, SipTransport, Trunk, TrunkDialect};
use tenant_document::{Kind, Objects, Persona as DocumentPersona, TenantDocument};

use crate::compile::{self, Patterns};
use crate::names::Names;
use crate::refusal::Refusal;

/// What calls must know of a company.
#[derive(Clone, Debug)]
pub struct Company {
    /// People, numbers, policies, routes; [`consented`] adds the leaves of owners of communication resources.
    pub organization: Organization,
    /// Its session border controllers, as trunks.
    pub trunks: Vec<Trunk>,
    /// Whose SIP phones are whose.
    pub phones: Vec<PhoneOwner>,
    /// Operators that it consents to.
    pub operators: Vec<String>,
}

/// A SIP phone stands for a client of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneOwner {
    /// The user name of the phone.
    pub phone: String,
    /// The person.
    pub person: ObjectId,
    /// Which of their clients.
    pub persona: Persona,
    /// The resource account on whose behalf it calls unless it names another.
    pub on_behalf_of: Option<ObjectId>,
}

/// All objects of a tenant that are kept.
#[derive(Default)]
pub(crate) struct KeptObjects {
    pub version: i64,
    pub objects: Objects,
    pub ids: Arc<BTreeMap<String, String>>,
    /// Those of the company that was compiled last.
    pub patterns: Arc<Patterns>,
}

/// What is kept of a tenant's telephone system; nothing where nobody said anything.
pub async fn load(store: &Store, name: &str, tenant: TenantId) -> Result<Option<Company>, Refusal> {
    let kept = kept(store, name).await?;
    if kept.version == 0 {
        return Ok(None);
    }
    company(tenant, &kept.objects, &Patterns::new()).map(Some)
}

/// A telephone system with what owners of communication resources consent to.
#[must_use]
pub fn consented(organization: Organization, consents: &[Consent]) -> Organization {
    organization.with_consents(compile::consents(consents))
}

pub(crate) async fn kept(store: &Store, name: &str) -> Result<KeptObjects, Refusal> {
    let rows = store.tenant_objects(name).await?;
    let mut objects = Objects::default();
    for row in &rows.objects {
        let damaged = |reason: String| {
            Refusal::Told(format!(
                "read {} {:?} of {name} from the database: {reason}",
                row.kind, row.identity
            ))
        };
        let kind: Kind = row.kind.parse().map_err(|error| damaged(format!("{error}")))?;
        let body = serde_json::from_str(&row.body).map_err(|error| damaged(error.to_string()))?;
        let object =
            TenantDocument::read_object(kind, &body).map_err(|faults| damaged(faults.to_string()))?;
        objects.put(object);
    }
    let ids = Arc::new(rows.ids);
    Ok(KeptObjects { version: rows.version, objects, ids, patterns: Arc::default() })
}

pub(crate) fn company(tenant: TenantId, objects: &Objects, known: &Patterns) -> Result<Company, Refusal> {
    let parts = compile::compile(tenant, objects, known).map_err(Refusal::Told)?;
    let organization = parts.build().map_err(|error| Refusal::Told(error.to_string()))?;
    let names = Names::of(objects);
    let names = &names;
    let phones = objects.users().filter(|user| !user.phones.is_empty()).flat_map(|user| {
        let person = user.object_id.as_deref().and_then(|id| id.parse().ok());
        user.phones.iter().filter_map(move |phone| {
            Some(PhoneOwner {
                phone: phone.name.clone(),
                person: person?,
                persona: match phone.persona {
                    DocumentPersona::Teams => Persona::Teams,
                    DocumentPersona::ContactCenter => Persona::ContactCenter,
                },
                on_behalf_of: phone.on_behalf_of.as_ref().and_then(|name| names.account(name)),
            })
        })
    });
    let phones = phones.collect();
    Ok(Company {
        organization,
        trunks: objects.pstn_gateways().map(|one| trunk(one, tenant)).collect(),
        phones,
        operators: objects.tenant().map(|tenant| tenant.operators.clone()).unwrap_or_default(),
    })
}

/// A session border controller is known by its certificate, and reached by voice routes alone.
fn trunk(said: &tenant_document::PstnGateway, tenant: TenantId) -> Trunk {
    let host = said.fqdn.to_ascii_lowercase();
    let diversion = match said.forward_call_history {
        true => DiversionHeader::HistoryInfo,
        false => DiversionHeader::None,
    };
    let dialect = TrunkDialect {
        diversion,
        media_encryption: Some(MediaEncryption::Required),
        takes_location: said.pidflo_supported,
        ..TrunkDialect::default()
    };
    Trunk {
        name: TrunkName::new(&host),
        tenant,
        host: host.as_str().into(),
        port: said.sip_signaling_port,
        transport: SipTransport::Tls,
        sources: Vec::new(),
        prefixes: Vec::new(),
        account: None,
        certificate: Some(host.as_str().into()),
        emergency: false,
        limits: Default::default(),
        dialect,
        pairing: Pairing { is_asked: said.send_sip_options, ..Pairing::of_customer(None) },
    }
}
