//! How a snapshot is written down: its parts, without any secret.
//!
//! A directory that was read decides like the one that was written. It opens no door: keys and
//! passwords are empty.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::direct_routing::DirectRouting;
use crate::directory::{Directory, DirectoryBuilder, Tenant};
use crate::organization::Organization;
use crate::phone::Phone;
use crate::resource::Resource;
use crate::trunk::Trunk;

impl BorshSerialize for Directory {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
        let numbers = self.emergency_numbers();
        (self.tenants(), self.resources(), self.phones(), self.trunks(), numbers).serialize(writer)?;
        self.organizations().serialize(writer)?;
        self.direct_routings().serialize(writer)
    }
}

impl BorshDeserialize for Directory {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        type Parts = (Vec<Tenant>, Vec<Resource>, Vec<Phone>, Vec<Trunk>, Vec<Box<str>>);
        let (tenants, resources, phones, trunks, numbers) = Parts::deserialize_reader(reader)?;
        let directory = DirectoryBuilder { tenants, resources, phones, trunks }.build();
        let directory = directory.map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let organizations = Vec::<Arc<Organization>>::deserialize_reader(reader)?;
        let directory = directory.with_organizations(organizations);
        let directory = directory.map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let direct = Vec::<DirectRouting>::deserialize_reader(reader)?;
        Ok(directory.with_direct_routing(direct).with_emergency_numbers(numbers))
    }
}

#[cfg(test)]
mod tests {
    use identifier::{PhoneNumber, ResourceId, TenantId, UserId};
    use redact::Secret;

    use super::*;

    #[test]
    fn a_directory_reads_back_without_its_secrets() {
        let (tenant, resource, user) =
            (TenantId::from_u128(1), ResourceId::from_u128(2), UserId::from_u128(3));
        let number: PhoneNumber = "+14255550100".parse().expect("a number");
        let directory = DirectoryBuilder {
            tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
            resources: vec![Resource {
                id: resource,
                tenant,
                name: "one".into(),
                hosts: vec!["contoso.example".into()],
                access_keys: vec![Secret::new(Box::from(*b"open sesame"))],
                numbers: vec![number.clone()],
            }],
            phones: vec![Phone {
                name: "desk".into(),
                display_name: "Desk".into(),
                user,
                resource,
                number: None,
                password: Secret::new("open sesame".into()),
                may_call_out: true,
                owner: None,
            }],
            trunks: Vec::new(),
        };
        let directory = directory.build().expect("it is sound").with_emergency_numbers(vec!["110".into()]);

        let bytes = borsh::to_vec(&directory).expect("memory takes it");
        assert!(!bytes.windows(4).any(|four| four == b"open"));
        let read: Directory = borsh::from_slice(&bytes).expect("it was written");

        assert!(read.number_owner(&number).is_some());
        assert_eq!(read.emergency_number("110"), Some("110"));
        let phone = read.phone_of_user(user).expect("it was written");
        assert!(phone.may_call_out && phone.password.expose().is_empty());
        assert!(read.resources()[0].access_keys.is_empty());
    }
}
