//! The document of a resource, and what it may say.

use std::collections::{BTreeMap, BTreeSet};

use acs::sip_routing::{
    SipConfiguration, SipConfigurationUpdate, SipDomain, SipRoute, SipTrunk, SipTrunkUpdate,
};
use axum::http::StatusCode;
use http_kit::ApiError;
use tenant::organization::Pattern;

use crate::errand::{Errand, invalid, not_kept, understood};
use crate::sip_routing::is_preview;

/// Of each kind (contract: Phone numbers §2).
const MOST: usize = 250;
const MOST_NAME: usize = 249;
const MOST_ROUTE_NAME: usize = 256;
const MOST_DESCRIPTION: usize = 1024;
const MOST_PATTERN: usize = 1024;

/// What the resource has set up.
pub(crate) async fn read(errand: &Errand) -> Result<SipConfiguration, ApiError> {
    let document = errand.edge.store.sip_routing(&errand.resource.to_string()).await.map_err(not_kept)?;
    document.map_or_else(|| Ok(SipConfiguration::default()), |text| understood("SIP routing", &text))
}

/// The document as the version of the request knows it.
pub(crate) fn shown(errand: &Errand, mut configuration: SipConfiguration) -> SipConfiguration {
    if is_preview(errand.version) {
        configuration.domains.get_or_insert_default();
        for trunk in configuration.trunks.values_mut() {
            trunk.enabled.get_or_insert(true);
        }
    } else {
        configuration.domains = None;
        for trunk in configuration.trunks.values_mut() {
            trunk.enabled = None;
        }
    }
    configuration
}

/// Merges an update (RFC 7396): what is `null` is removed, routes are replaced as a whole.
pub(crate) fn merge(
    configuration: &mut SipConfiguration,
    update: SipConfigurationUpdate,
) -> Result<(), ApiError> {
    for (name, change) in update.domains.unwrap_or_default() {
        let name = host_name("domains", &name)?;
        let domains = configuration.domains.get_or_insert_default();
        match change {
            Some(change) => {
                let before = domains.get(&name).is_none_or(|domain| domain.enabled);
                domains.insert(name, SipDomain { enabled: change.enabled.unwrap_or(before) });
            }
            None => drop(domains.remove(&name)),
        }
    }
    for (name, change) in update.trunks.unwrap_or_default() {
        let name = host_name("trunks", &name)?;
        match change {
            Some(change) => {
                let trunk = merged(&name, configuration.trunks.get(&name), change)?;
                configuration.trunks.insert(name, trunk);
            }
            None => drop(configuration.trunks.remove(&name)),
        }
    }
    if let Some(routes) = update.routes {
        configuration.routes = routes.into_iter().map(SipRoute::from).collect();
    }
    Ok(())
}

fn merged(name: &str, before: Option<&SipTrunk>, change: SipTrunkUpdate) -> Result<SipTrunk, ApiError> {
    let property = || format!("trunks.{name}.sipSignalingPort");
    let port = change.sip_signaling_port.or(before.map(|before| before.sip_signaling_port));
    let port = port
        .ok_or_else(|| invalid(property(), "it is missing: say where the trunk listens for SIP over TLS"))?;
    Ok(SipTrunk {
        sip_signaling_port: port,
        enabled: change.enabled.or_else(|| before.and_then(|before| before.enabled)),
        health: None,
    })
}

/// Whether the whole document is as it must be. Brings names of trunks in routes into one spelling.
pub(crate) fn check(configuration: &mut SipConfiguration) -> Result<(), ApiError> {
    let at_most = |property: &str, count: usize| {
        let reason = || format!("there may be at most {MOST}");
        if count <= MOST { Ok(()) } else { Err(invalid(property, reason())) }
    };
    at_most("domains", configuration.domains.as_ref().map_or(0, BTreeMap::len))?;
    at_most("trunks", configuration.trunks.len())?;
    at_most("routes", configuration.routes.len())?;
    for (name, trunk) in &configuration.trunks {
        if !(1..=65_535).contains(&trunk.sip_signaling_port) {
            return Err(invalid(format!("trunks.{name}.sipSignalingPort"), "it must be from 1 to 65535"));
        }
    }
    let SipConfiguration { trunks, routes, .. } = configuration;
    for (index, route) in routes.iter_mut().enumerate() {
        let property = |name: &str| format!("routes[{index}].{name}");
        let characters = |name: &str, text: &str, least: usize, most: usize| {
            if (least..=most).contains(&text.chars().count()) {
                return Ok(());
            }
            Err(invalid(property(name), format!("it must have from {least} to {most} characters")))
        };
        characters("name", &route.name, 1, MOST_ROUTE_NAME)?;
        characters("description", route.description.as_deref().unwrap_or_default(), 0, MOST_DESCRIPTION)?;
        characters("numberPattern", &route.number_pattern, 1, MOST_PATTERN)?;
        Pattern::new(&route.number_pattern)
            .map_err(|error| invalid(property("numberPattern"), error.to_string()))?;
        at_most(&property("trunks"), route.trunks.len())?;
        for trunk in &mut route.trunks {
            *trunk = trunk.to_ascii_lowercase();
            if !trunks.contains_key(trunk) {
                let message = format!(
                    "cannot accept {}: route {:?} leads to {trunk}, and there is no such trunk; add the trunk first, or \
                     take it out of the route before it is deleted",
                    property("trunks"),
                    route.name
                );
                return Err(unprocessable(message).about(property("trunks")));
            }
        }
    }
    Ok(())
}

/// 422: it is understood, and cannot be.
pub(crate) fn unprocessable(message: String) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "UnprocessableConfiguration", message)
}

/// Whether each trunk can be told apart from those of other resources and of the operator.
pub(crate) async fn check_names(errand: &Errand, configuration: &SipConfiguration) -> Result<(), ApiError> {
    let own = errand.resource.to_string();
    let routings = errand.edge.store.sip_routings().await.map_err(not_kept)?;
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for other in routings.iter().filter(|routing| routing.resource != own) {
        let other: SipConfiguration = understood("SIP routing", &other.document)?;
        taken.extend(other.trunks.into_keys());
    }
    let before = read(errand).await?;
    let directory = errand.directory();
    for name in configuration.trunks.keys() {
        let is_operators = !before.trunks.contains_key(name) && directory.trunk_certified_as(name).is_some();
        if taken.contains(name) || is_operators {
            let message = format!(
                "cannot accept trunks.{name}: a trunk of this name belongs to somebody else; each session border \
                 controller has a certificate of its own"
            );
            return Err(unprocessable(message).about(format!("trunks.{name}")));
        }
    }
    Ok(())
}

/// A host name with a dot in it: an address is no name in a certificate, and `localhost` is nobody's.
fn host_name(property: &str, text: &str) -> Result<String, ApiError> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = text.len() <= MOST_NAME
        && text.split('.').all(is_label)
        && text.rsplit_once('.').is_some_and(|(_, last)| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    if is_name {
        return Ok(text.to_ascii_lowercase());
    }
    let told: String = text.chars().take(64).collect();
    let reason = format!(
        "{told:?} is not a fully qualified domain name of at most {MOST_NAME} characters, such as sbc.contoso.com"
    );
    Err(invalid(property, reason))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(before: &SipConfiguration, update: serde_json::Value) -> Result<SipConfiguration, String> {
        let update = acs::body::read(update.to_string().as_bytes()).map_err(|error| error.to_string())?;
        let mut configuration = before.clone();
        merge(&mut configuration, update).map_err(|error| error.message)?;
        check(&mut configuration).map_err(|error| format!("{} {}", error.status.as_u16(), error.message))?;
        Ok(configuration)
    }

    fn route(pattern: &str, trunks: &[&str]) -> serde_json::Value {
        json!({ "routes": [{ "name": "r", "numberPattern": pattern, "trunks": trunks }] })
    }

    #[track_caller]
    fn refused(before: &SipConfiguration, update: serde_json::Value, expected: &str) {
        let error = changed(before, update).expect_err("it is wrong");
        assert!(error.contains(expected) && error.len() < 1_500, "{error}");
    }

    #[test]
    fn trunks_are_merged_and_routes_replaced() {
        let nothing = SipConfiguration::default();
        let trunks = json!({ "trunks": { "SBC.contoso.com": { "sipSignalingPort": 5061 }, "b.contoso.com": { "sipSignalingPort": 1 } } });
        let two = changed(&nothing, trunks).expect("it is right");
        let routed = changed(&two, route(r"\+1.*", &["Sbc.contoso.com"])).expect("it is right");
        assert_eq!(routed.routes[0].trunks, ["sbc.contoso.com"]);
        let off = json!({ "trunks": { "b.contoso.com": null, "sbc.contoso.com": { "enabled": false } } });
        let one = changed(&routed, off).expect("it is right");
        assert_eq!(one.trunks.len(), 1);
        let sbc = &one.trunks["sbc.contoso.com"];
        assert_eq!((sbc.sip_signaling_port, sbc.enabled), (5061, Some(false)));
        assert_eq!(one.routes, routed.routes);
        assert_eq!(changed(&one, json!({ "routes": [] })).expect("it is right").routes, []);
        // Whoever is still led to stays.
        refused(&one, json!({ "trunks": { "sbc.contoso.com": null } }), "422 cannot accept routes[0].trunks");
        let both = json!({ "trunks": { "sbc.contoso.com": null }, "routes": [] });
        assert!(changed(&one, both).is_ok());
    }

    #[test]
    fn nothing_is_too_much() {
        let nothing = SipConfiguration::default();
        let port = |port: i64| json!({ "trunks": { "a.example": { "sipSignalingPort": port } } });
        refused(&nothing, port(0), "400 cannot accept trunks.a.example.sipSignalingPort");
        refused(&nothing, port(65_536), "from 1 to 65535");
        refused(&nothing, json!({ "trunks": { "a.example": {} } }), "it is missing");
        let long = format!("{}.example", "a.".repeat(125));
        for name in ["", "localhost", "192.0.2.1", "a..b", "-a.example", "ä.example", "a_b.example", &long] {
            refused(&nothing, json!({ "trunks": { name: { "sipSignalingPort": 5061 } } }), "fully qualified");
        }
        let one = changed(&nothing, port(5061)).expect("it is right");
        refused(&one, route(".*", &["b.example"]), "422 cannot accept routes[0].trunks");
        refused(&one, route(&"a".repeat(1025), &[]), "routes[0].numberPattern: it must have from 1 to 1024");
        refused(&one, route("(", &[]), "routes[0].numberPattern");
        refused(&one, route(".*", &["a.example"; 251]), "routes[0].trunks: there may be at most 250");
        let routes: Vec<_> = (0..251).map(|_| json!({ "name": "r", "numberPattern": ".*" })).collect();
        refused(&one, json!({ "routes": routes }), "routes: there may be at most 250");
        let trunks: serde_json::Map<String, serde_json::Value> =
            (0..251).map(|n| (format!("t{n}.example"), json!({ "sipSignalingPort": 5061 }))).collect();
        refused(&nothing, json!({ "trunks": trunks }), "trunks: there may be at most 250");
        let name = json!({ "routes": [{ "name": "n".repeat(257), "numberPattern": ".*" }] });
        refused(&one, name, "routes[0].name");
        let description =
            json!({ "routes": [{ "name": "n", "description": "d".repeat(1025), "numberPattern": ".*" }] });
        refused(&one, description, "routes[0].description");
    }
}
