//! Every field of the contract is there, with its default, and refused outside its range.

use serde_json::{Value, json};
use tenant_document::{Kind, Object, TenantDocument, fields};

/// What each kind must say at least.
fn least(kind: Kind) -> Value {
    match kind {
        Kind::Tenant => json!({ "name": "Contoso", "domains": ["contoso.example"] }),
        Kind::User => json!({ "userPrincipalName": "alice@contoso.example" }),
        Kind::ResourceAccount => json!({
            "userPrincipalName": "line@contoso.example", "applicationId": "ce933385-9390-45d1-9512-c8d228074e07",
        }),
        Kind::PhoneNumber => json!({ "telephoneNumber": "+49301234567", "numberType": "DirectRouting" }),
        Kind::UnassignedNumberTreatment => json!({
            "identity": "A", "pattern": "^1$", "targetType": "Announcement", "target": "a.wav", "treatmentPriority": 1,
        }),
        Kind::InboundBlockedNumberPattern => json!({ "identity": "A", "pattern": "^1$" }),
        Kind::PstnGateway => json!({ "fqdn": "sbc.contoso.example", "sipSignalingPort": 5061 }),
        Kind::TranslationRule => json!({ "identity": "A", "pattern": "^1$", "translation": "2" }),
        Kind::CivicAddress => json!({
            "name": "Berlin", "companyName": "Contoso", "countryOrRegion": "DE", "latitude": 52.5, "longitude": 13.4,
        }),
        _ => json!({ "identity": "Berlin" }),
    }
}

fn read(kind: Kind, path: &str, value: &Value) -> Result<Object, String> {
    let mut body = least(kind);
    let mut at = &mut body;
    for name in path.split('.') {
        at = match name.parse::<usize>() {
            Ok(_) => &mut at.as_array_mut().expect("a list")[0],
            Err(_) => at.as_object_mut().expect("an object").entry(name).or_insert_with(|| json!({})),
        };
    }
    *at = value.clone();
    TenantDocument::read_object(kind, &body).map_err(|faults| faults.to_string())
}

/// The field has this default and takes these values; those beyond are refused with its name.
#[track_caller]
fn check(kind: Kind, path: &str, default: Value, takes: &[Value], refuses: &[Value]) {
    let usual = TenantDocument::read_object(kind, &least(kind)).unwrap_or_else(|faults| panic!("{faults}"));
    let found = path.split('.').fold(usual.to_json(), |at, name| at[name].clone());
    assert_eq!(found, default, "the default of {kind} {path}");
    for value in takes {
        assert_eq!(read(kind, path, value).map(drop), Ok(()), "{kind} {path} = {value}");
    }
    for value in refuses {
        let told = read(kind, path, value).expect_err(&format!("{kind} {path} = {value}"));
        let name = path.rsplit('.').next().unwrap_or(path);
        assert!(told.contains(name), "{kind} {path} = {value}: {told}");
    }
}

/// A switch with its default.
#[track_caller]
fn switch(kind: Kind, path: &str, default: bool) {
    check(kind, path, json!(default), &[json!(!default)], &[json!("perhaps"), json!(2)]);
}

/// A switch that wants something else beside it.
#[track_caller]
fn switch_beside_another(kind: Kind, path: &str, other: &str) {
    check(kind, path, json!(false), &[], &[json!("perhaps")]);
    let told = read(kind, path, &json!(true)).expect_err(path);
    assert!(told.contains(other), "{kind} {path}: {told}");
}

/// One of some words.
#[track_caller]
fn one_of(kind: Kind, path: &str, default: &str, words: &[&str]) {
    let takes: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    check(kind, path, json!(default), &takes, &[json!("Sometimes"), json!(7)]);
}

/// A whole number from a first to a last one.
#[track_caller]
fn range(kind: Kind, path: &str, default: Value, first: i64, last: i64) {
    let outside = [json!(first - 1), json!(last + 1), json!("many")];
    check(kind, path, default, &[json!(first), json!(last)], &outside);
}

#[test]
fn tenants_people_and_accounts_have_the_fields_of_the_contract() {
    let (tenant, user, account) = (Kind::Tenant, Kind::User, Kind::ResourceAccount);
    switch_beside_another(tenant, "acsFederation.enableAcsUsers", "allowedAcsResources");
    check(tenant, "acsFederation.allowedAcsResources", json!([]), &[], &[json!(["contoso"])]);
    range(tenant, "voiceLimits.clickToCallPerMinute", json!(40), 0, 100_000);
    range(tenant, "voiceLimits.transitionsPerCall", json!(25), 1, 100);
    check(tenant, "usageLocation", json!(null), &[json!("DE")], &[json!("Germany"), json!("de")]);
    switch(tenant, "federation.allowFederatedUsers", true);
    check(tenant, "federation.allowedDomains", json!([]), &[json!(["a.example"])], &[json!(["a"])]);
    let many: Vec<String> = (0..4_001).map(|n| format!("d{n}.example")).collect();
    check(tenant, "federation.blockedDomains", json!([]), &[json!(many[..4_000])], &[json!(many)]);
    check(
        tenant,
        "dialOutPolicy",
        json!("DialoutCPCandPSTNInternational"),
        &[json!("DialoutCPCZoneAPSTNDisabled")],
        &[json!("DialoutEverywhere")],
    );

    check(user, "objectId", json!(null), &[json!("7d9a9b4e-0000-0000-0000-000000000001")], &[json!("alice")]);
    for field in ["sipProxyAddress", "givenName", "surname", "department", "office", "mobilePhone"] {
        check(user, field, json!(null), &[json!("text")], &[json!("x".repeat(400))]);
    }
    check(user, "businessPhones", json!([]), &[json!(["12"])], &[json!(vec!["1"; 9])]);
    check(user, "blockedNumbers", json!([]), &[json!(["+4930123"])], &[json!(["4930123"]), json!(["+٤٢"])]);
    switch(user, "enterpriseVoiceEnabled", false);
    one_of(user, "teamsUpgradeMode", "TeamsOnly", &["TeamsOnly", "Islands", "SfBOnly"]);

    let settings = "callingSettings";
    let forwards = format!("{settings}.isForwardingEnabled");
    switch_beside_another(user, &forwards, "forwardingTargetType");
    switch(user, &format!("{settings}.isUnansweredEnabled"), true);
    one_of(user, &format!("{settings}.forwardingType"), "Immediate", &["Immediate"]);
    let delay = format!("{settings}.unansweredDelay");
    let delays = [5, 10, 15, 20, 30, 40, 50, 60].map(|seconds| json!(seconds));
    check(user, &delay, json!(20), &delays, &[json!(0), json!(25), json!(61)]);
    one_of(user, &format!("{settings}.unansweredTargetType"), "Voicemail", &["Voicemail"]);
    one_of(user, &format!("{settings}.callGroup.order"), "Simultaneous", &["InOrder"]);
    let people: Vec<String> = (0..26).map(|n| format!("p{n}@contoso.example")).collect();
    let targets = format!("{settings}.callGroup.targets");
    check(user, &targets, json!([]), &[json!(people[..25])], &[json!(people)]);
    let group = format!("{settings}.callGroup");
    let in_order = |count: usize| json!({ "order": "InOrder", "targets": people[..count] });
    let usual = json!({ "order": "Simultaneous", "targets": [] });
    check(user, &group, usual, &[in_order(5)], &[in_order(6)]);
    let delegates = |count: usize| people[..count].iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    let path = format!("{settings}.delegates");
    check(user, &path, json!([]), &[json!(delegates(25))], &[json!(delegates(26))]);
    let busy = ["PlayBusySignal", "RedirectAsUnansweredCall", "RingUser"];
    one_of(user, &format!("{settings}.busyOnBusyOption"), "RingUser", &busy);

    check(account, "acsResourceId", json!(null), &[], &[json!("contoso")]);
    check(account, "applicationId", least(account)["applicationId"].clone(), &[], &[json!("bot")]);
    let association = |priority: i64| {
        json!({
            "configurationId": "7d9a9b4e-0000-0000-0000-000000000001", "configurationType": "CallQueue",
            "callPriority": priority,
        })
    };
    let [first, last] = [1, 5].map(association);
    check(account, "configurationAssociation", json!(null), &[first, last], &[]);
    for outside in [0, 6] {
        let told = read(account, "configurationAssociation", &association(outside)).unwrap_err();
        assert!(told.contains("callPriority"), "{told}");
    }
}

#[test]
fn numbers_have_the_fields_of_the_contract() {
    let number = Kind::PhoneNumber;
    let types = ["CallingPlan", "OperatorConnect", "DirectRouting"];
    check(number, "numberType", json!("DirectRouting"), &types.map(|word| json!(word)), &[json!("Sip")]);
    check(
        number,
        "telephoneNumber",
        json!("+49301234567"),
        &[json!("+49301234567;ext=12")],
        &[
            json!("49301234567"),
            json!("tel:+49301234567"),
            json!("+٤٩٣٠١٢٣٤٥٦٧"),
            json!("+049"),
            json!("+1234567890123456"),
        ],
    );
    let all = ["UserAssignment", "VoiceApplicationAssignment", "ConferenceAssignment", "TeamsPhoneMobile"];
    check(number, "capability", json!([]), &[json!(all)], &[json!(["Fax"])]);
    one_of(number, "assignmentCategory", "Primary", &["Primary", "Private", "Alternate"]);
    for field in ["civicAddressId", "locationId", "networkSiteId", "assignedPstnTargetId", "city"] {
        check(number, field, json!(null), &[json!("Berlin")], &[json!("x".repeat(400))]);
    }
    one_of(number, "numberSource", "Online", &["Online", "OnPremises"]);
    check(number, "isoCountryCode", json!(null), &[json!("DE")], &[json!("DEU")]);
    check(number, "reverseNumberLookup", json!([]), &[json!(["SkipInternalVoip"])], &[json!(["Skip"])]);
    switch(number, "assignmentBlocked", false);
    for days in [0, 366] {
        let told = read(number, "assignmentBlockedDays", &json!(days)).unwrap_err();
        assert!(told.contains("from 1 to 365"), "{told}");
    }
    let treatment = Kind::UnassignedNumberTreatment;
    range(treatment, "treatmentPriority", json!(1), 0, 1_000_000);
    one_of(treatment, "targetType", "Announcement", &["User", "ResourceAccount", "Announcement"]);
    switch(Kind::InboundBlockedNumberPattern, "enabled", true);
}

#[test]
fn policies_have_the_fields_of_the_contract() {
    let calling = Kind::CallingPolicy;
    for field in [
        "allowPrivateCalling",
        "allowCallGroups",
        "allowDelegation",
        "allowCallForwardingToUser",
        "allowCallForwardingToPhone",
        "allowWebPSTNCalling",
    ] {
        switch(calling, field, true);
    }
    for field in ["preventTollBypass", "allowCloudRecordingForCalls", "allowTranscriptionForCalling"] {
        switch(calling, field, false);
    }
    switch_beside_another(calling, "enableSpendLimits", "callingSpendUserLimit");
    one_of(calling, "allowVoicemail", "UserOverride", &["AlwaysEnabled", "AlwaysDisabled", "UserOverride"]);
    let busy = ["Enabled", "Unanswered", "Disabled", "UserOverride"];
    one_of(calling, "busyOnBusyEnabledType", "Disabled", &busy);
    one_of(calling, "musicOnHoldEnabledType", "Enabled", &["Enabled", "Disabled", "UserOverride"]);
    let treatments = ["RegularIncoming", "Unanswered", "Voicemail", "UserOverride"];
    one_of(calling, "inboundPstnCallRoutingTreatment", "RegularIncoming", &treatments);
    one_of(calling, "inboundFederatedCallRoutingTreatment", "RegularIncoming", &treatments[..3]);
    one_of(calling, "explicitRecordingConsent", "Disabled", &["Enabled", "Disabled"]);
    range(calling, "callRecordingExpirationDays", json!(60), -1, 99_999);
    one_of(calling, "spamFilteringEnabledType", "Enabled", &["Enabled", "Disabled"]);
    one_of(calling, "autoAnswerEnabledType", "Disabled", &["Enabled", "Disabled"]);
    check(calling, "callingSpendUserLimit", json!(null), &[json!(1)], &[json!(0), json!(-1)]);
    let long = format!("https://a.example/{}", "p".repeat(1_006));
    check(
        calling,
        "popoutAppPathForIncomingPstnCalls",
        json!(""),
        &[],
        &[json!("http://a.example"), json!(long)],
    );
    for field in ["liveCaptionsEnabledTypeForCalling", "realTimeText", "copilot"] {
        one_of(calling, field, "Enabled", &["Disabled"]);
    }

    let caller = Kind::CallingLineIdentity;
    one_of(caller, "callingIDSubstitute", "LineUri", &["LineUri", "Anonymous"]);
    let told = read(caller, "callingIDSubstitute", &json!("Resource")).unwrap_err();
    assert!(told.contains("resourceAccount"), "{told}");
    switch(caller, "enableUserOverride", false);
    switch(caller, "blockIncomingPstnCallerID", false);
    check(caller, "companyName", json!(null), &[json!("Contoso")], &[json!("x".repeat(257))]);

    let plan = Kind::TenantDialPlan;
    let name = |letters: usize| json!("a".repeat(letters));
    check(plan, "identity", json!("Berlin"), &[name(49)], &[name(50), json!(".a"), json!("a b"), json!("")]);
    check(plan, "simpleName", json!(null), &[json!("a(b)")], &[name(50), json!(".a")]);
    check(plan, "description", json!(null), &[name(1_040)], &[name(1_041)]);
    let rules = |count: usize| (0..count).map(|n| json!({ "name": format!("r{n}") })).collect::<Vec<_>>();
    check(plan, "normalizationRules", json!([]), &[json!(rules(50))], &[json!(rules(51))]);
    let Ok(Object::TenantDialPlan(one)) = read(plan, "normalizationRules", &json!(rules(1))) else {
        panic!("it is a plan")
    };
    let rule = &one.normalization_rules[0];
    assert_eq!((&*rule.pattern, &*rule.translation), (r"^(\d{11})$", "+$1"));
    assert!(!rule.is_internal_extension);
    for (field, most) in [("description", 512), ("translation", 256), ("pattern", 1_024)] {
        let rule = json!([{ "name": "r", (field): "x".repeat(most + 1) }]);
        let told = read(plan, "normalizationRules", &rule).unwrap_err();
        assert!(told.contains(field), "{told}");
    }

    let access = Kind::ExternalAccessPolicy;
    for field in [
        "enableFederationAccess",
        "enableAcsFederationAccess",
        "enableTeamsConsumerAccess",
        "enableTeamsConsumerInbound",
    ] {
        switch(access, field, true);
    }
    one_of(access, "communicationWithExternalOrgs", "OrganizationDefault", &["BlockAllExternalDomains"]);
    let global = json!({ "identity": "Global", "communicationWithExternalOrgs": "AllowAllExternalDomains" });
    assert!(TenantDocument::read_object(access, &global).is_err(), "Global is that of the organization");
}

#[test]
fn routing_has_the_fields_of_the_contract() {
    let route = Kind::VoiceRoute;
    check(
        route,
        "numberPattern",
        json!("[0-9]{10}"),
        &[json!("^1$")],
        &[json!(""), json!("x".repeat(1_025))],
    );
    range(route, "priority", json!(0), 0, 1_000_000);
    check(route, "onlinePstnUsages", json!([]), &[json!(["Local"])], &[json!([""])]);
    check(route, "onlinePstnGatewayList", json!([]), &[json!(["sbc.contoso.example"])], &[json!([""])]);
    check(route, "bridgeSourcePhoneNumber", json!(null), &[json!("+49301")], &[json!("49301")]);
    let both = json!({
        "identity": "A", "bridgeSourcePhoneNumber": "+49301", "onlinePstnGatewayList": ["sbc.contoso.example"],
    });
    assert!(TenantDocument::read_object(route, &both).is_err(), "one or the other");

    let gateway = Kind::PstnGateway;
    check(gateway, "fqdn", json!("sbc.contoso.example"), &[], &[json!("sbc"), json!("192.0.2.1.")]);
    range(gateway, "sipSignalingPort", json!(5061), 1, 65_535);
    range(gateway, "failoverTimeSeconds", json!(10), 1, 60);
    let codes = json!([408, 503, 504]);
    check(gateway, "failoverResponseCodes", codes, &[json!([500])], &[json!([200]), json!([700])]);
    for (field, default) in [
        ("enabled", false),
        ("sendSipOptions", true),
        ("forwardCallHistory", false),
        ("forwardPai", false),
        ("mediaBypass", false),
        ("pidfloSupported", false),
    ] {
        switch(gateway, field, default);
    }
    switch_beside_another(gateway, "gatewaySiteLbrEnabled", "gatewaySiteId");
    for list in [
        "inboundPstnNumberTranslationRules",
        "inboundTeamsNumberTranslationRules",
        "outboundPstnNumberTranslationRules",
        "outboundTeamsNumberTranslationRules",
    ] {
        check(gateway, list, json!([]), &[json!(["A"])], &[json!(["x".repeat(101)])]);
    }
    let rule = Kind::TranslationRule;
    let text = |letters: usize| json!("x".repeat(letters));
    check(rule, "identity", json!("A"), &[text(100)], &[text(101)]);
    check(rule, "pattern", json!("^1$"), &[text(1_024)], &[text(1_025)]);
    check(rule, "translation", json!("2"), &[text(256)], &[text(257)]);
}

#[test]
fn help_has_the_fields_of_the_contract() {
    let calling = Kind::EmergencyCallingPolicy;
    let modes = ["NotificationOnly", "ConferenceMuted", "ConferenceUnMuted"];
    check(calling, "notificationMode", json!(null), &[], &[json!("Shout")]);
    for mode in modes {
        let desk = json!({
            "identity": "Berlin", "notificationMode": mode, "notificationGroup": "a@contoso.example",
            "notificationDialOutNumber": "+49301234567",
        });
        let read = TenantDocument::read_object(calling, &desk);
        assert_eq!(read.is_ok(), mode != "NotificationOnly", "who only writes dials nobody");
    }
    let desk = |people: usize| {
        let group = (0..people).map(|n| format!("p{n}@contoso.example")).collect::<Vec<_>>().join(";");
        json!({ "identity": "Berlin", "notificationMode": "NotificationOnly", "notificationGroup": group })
    };
    assert!(TenantDocument::read_object(calling, &desk(10)).is_ok());
    assert!(TenantDocument::read_object(calling, &desk(11)).is_err(), "ten at most");
    one_of(calling, "externalLocationLookupMode", "Disabled", &["Enabled", "Disabled"]);
    let text = |letters: usize| json!("x".repeat(letters));
    check(calling, "enhancedEmergencyServiceDisclaimer", json!(null), &[text(350)], &[text(351)]);
    check(calling, "description", json!(null), &[text(512)], &[text(513)]);
    let two = json!([{ "emergencyDialString": "112" }, { "emergencyDialString": "112" }]);
    let told = read(calling, "extendedNotifications", &two).unwrap_err();
    assert!(told.contains("emergencyDialString"), "{told}");

    let routing = Kind::EmergencyCallRoutingPolicy;
    switch(routing, "allowEnhancedEmergencyServices", false);
    let number =
        |digits: &str, mask: &str| json!([{ "emergencyDialString": digits, "emergencyDialMask": mask }]);
    let takes = [number("112", ""), number("911", "112;0123456789")];
    let refuses =
        [number("112", "12345678901"), number("112", "112"), number("112", "110;110"), number("", "")];
    for value in &takes {
        assert!(read(routing, "emergencyNumbers", value).is_ok(), "{value}");
    }
    for value in &refuses {
        assert!(read(routing, "emergencyNumbers", value).is_err(), "{value}");
    }

    let address = Kind::CivicAddress;
    let known = fields(address);
    for field in [
        "houseNumber",
        "houseNumberSuffix",
        "preDirectional",
        "streetName",
        "streetSuffix",
        "postDirectional",
        "city",
        "cityAlias",
        "stateOrProvince",
        "postalCode",
        "description",
        "elin",
        "companyTaxId",
        "defaultLocationId",
    ] {
        assert!(known.iter().any(|known| known.name == field), "{field}");
    }
    let nowhere = |country: &str| json!({ "name": "A", "companyName": "B", "countryOrRegion": country });
    assert!(
        TenantDocument::read_object(address, &nowhere("DE")).unwrap_err().to_string().contains("latitude")
    );
    assert!(TenantDocument::read_object(address, &nowhere("AU")).is_ok(), "there it need not be said");
    check(address, "latitude", json!(52.5), &[json!(-90)], &[json!(91)]);
    check(address, "longitude", json!(13.4), &[json!(180)], &[json!(181)]);
    let shared = Kind::SharedCallingRoutingPolicy;
    let told = TenantDocument::read_object(shared, &least(shared)).unwrap_err().to_string();
    assert!(told.contains("resourceAccount"), "{told}");
}
