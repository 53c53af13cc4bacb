use super::*;

const GOOD: &str = r#"
[[connection]]
id = "northwind"
name = "Northwind Cloud"
issuer = "https://login.northwind.example/"
client_id = "keyward"
directory = "https://roles.northwind.example"
settings.tenant_audience = "https://api.northwind.example/{tenant}"
settings.directory_audience = "urn:northwind:directory"
"#;

/// With organizations, which need no settings of their own but the API's.
const ORGANIZATIONS: &str = r#"
[[connection]]
id = "northwind"
name = "Northwind at Keycloak"
issuer = "https://login.northwind.example/realms/cloud"
client_id = "keyward"
preset = "keycloak-organizations"

[[connection.tenant]]
id = "acme"
name = "Acme Manufacturing"
at_provider = "acme-mfg"
"#;

#[test]
fn a_whole_connection_is_read() {
    let config = parse(GOOD).unwrap();
    assert_eq!(config[0].name, "Northwind Cloud");
    assert!(config[0].redirect.ports.is_empty(), "any free port");
    assert_eq!(config[0].redirect.path, "/callback");
    assert_eq!(config[0].tenants_from, TenantsFrom::Directory);
}

#[test]
fn a_tenant_goes_by_the_providers_own_name_for_it() {
    let connection = &parse(ORGANIZATIONS).unwrap()[0];
    assert_eq!(connection.tenants_from, TenantsFrom::List);
    let [acme, other] = ["acme", "globex"].map(|id| keyward_model::TenantId::new(id).unwrap());
    assert_eq!(connection.alias(&acme).as_str(), "acme-mfg");
    assert_eq!(connection.alias(&other).as_str(), "globex", "not listed: by its id");
}

#[test]
fn a_wrong_value_is_named_by_line_and_key() {
    let error = parse(&GOOD.replace("https://login", "http://login")).unwrap_err();
    assert!(error.contains("line 5") && error.contains("issuer") && error.contains("https"), "{error}");
}

#[test]
fn a_misspelt_key_is_named() {
    let error = parse(&GOOD.replace("client_id", "client")).unwrap_err();
    assert!(error.contains("client") && error.contains("client_id"), "{error}");
}

#[test]
fn a_missing_place_for_the_tenant_is_named() {
    let error = parse(&GOOD.replace("{tenant}", "t")).unwrap_err();
    assert!(error.contains("tenant_audience") && error.contains("{tenant}"), "{error}");
}

#[test]
fn a_directory_whose_audience_is_a_tenants_is_refused() {
    let error =
        parse(&GOOD.replace("urn:northwind:directory", "https://api.northwind.example/roles")).unwrap_err();
    assert!(error.contains("northwind") && error.contains("must differ"), "{error}");
}

#[test]
fn a_proxy_and_a_path_are_checked() {
    for (line, word) in [("proxy = \"squid\"", "proxy"), ("redirect_path = \"callback\"", "redirect_path")] {
        let error = parse(&format!("{GOOD}{line}\n")).unwrap_err();
        assert!(error.contains(word), "{error}");
    }
    let connection = &parse(&format!("{GOOD}proxy = \"none\"\nca = \"/etc/own.pem\"\n")).unwrap()[0];
    assert_eq!(connection.network.proxy, Proxy::Direct);
    assert_eq!(connection.network.ca.as_deref(), Some(Path::new("/etc/own.pem")));
}

#[test]
fn a_tenant_without_its_application_is_named() {
    let text = GOOD.replace("settings.tenant_audience = \"https://api.northwind.example/{tenant}\"", "preset = \"auth0-application-per-tenant\"\nsettings.audience = \"https://api.northwind.example\"")
        .replace("settings.directory_audience = \"urn:northwind:directory\"\n", "");
    let listed = |tenant: &str| format!("{text}\n[[connection.tenant]]\nid = \"acme\"\n{tenant}\n");
    assert!(parse(&listed("")).unwrap_err().contains("acme"));
    let connection = &parse(&listed("client_id = \"app-acme\"")).unwrap()[0];
    let acme = keyward_model::TenantId::new("acme").unwrap();
    assert_eq!(connection.client(Some(&acme)).as_str(), "app-acme");
    assert_eq!(connection.client(None).as_str(), "keyward");
}

#[test]
fn two_connections_of_one_id_are_refused_in_a_file_and_replaced_across_files() {
    let error = parse(&format!("{GOOD}{GOOD}")).unwrap_err();
    assert!(error.contains("northwind") && error.contains("twice"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let sources = Sources {
        system: Some(file("system.toml", &format!("{GOOD}{}", GOOD.replace("\"northwind\"", "\"second\"")))),
        own: file("own.toml", ORGANIZATIONS),
        named: None,
    };
    let config = Config::read(&sources);
    let names: Vec<&str> = config.connections.iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(names, ["Northwind at Keycloak", "Northwind Cloud"], "the person's own counts");
}

#[test]
fn a_file_with_a_mistake_takes_only_itself_away() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("good.toml"), folder.path().join("bad.toml"));
    fs::write(&good, GOOD).unwrap();
    fs::write(&bad, "[[connection]]\nid = 7\n").unwrap();
    let sources = Sources { system: Some(good), own: bad, named: Some(folder.path().join("absent.toml")) };
    let config = Config::read(&sources);
    assert_eq!(config.connections.len(), 1);
    let said: Vec<&str> = config.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(said[0].contains("bad.toml") && said[0].contains("line 2"), "{said:?}");
    assert!(said[1].contains("absent.toml") && said[1].contains("KEYWARD_CONFIG"), "{said:?}");
}

#[test]
fn files_that_are_not_there_are_no_connections() {
    let folder = tempfile::tempdir().unwrap();
    let sources = Sources { system: None, own: folder.path().join(FILE), named: None };
    assert_eq!(Config::read(&sources), Config::default());
}

#[test]
fn every_configuration_in_the_pages_about_providers_is_read_and_every_preset_has_one() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers");
    let mut shown = String::new();
    for page in fs::read_dir(pages).unwrap() {
        let page = page.unwrap().path();
        let text = fs::read_to_string(&page).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            parse(block).unwrap_or_else(|why| panic!("{}: {why}\n{block}", page.display()));
            shown.push_str(block);
        }
    }
    for preset in crate::preset::Preset::all().unwrap() {
        assert!(shown.contains(&format!("preset = {:?}", preset.id)), "{} has no example", preset.id);
    }
}
