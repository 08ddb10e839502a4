mod policy;

use super::*;

const SAMPLE: &str = include_str!("../../../../examples/broker.toml");

const TENANT: &str = r#"
[[tenants]]
id = "acme"
sites = ["www"]
departments = [{ id = "sales" }, { id = "support", waiting_max = 7 }]

[[tenants.keys]]
kid = "k1"
alg = "HS256"
secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"#;

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("frontdesk-config-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn parse(text: &str) -> Result<Config, Vec<ConfigFault>> {
    Config::from_toml(text, Path::new("/etc/frontdesk"))
}

fn faults(text: &str) -> Vec<(String, Option<usize>)> {
    parse(text).unwrap_err().into_iter().map(|fault| (fault.path, fault.line)).collect()
}

fn at(path: &str, line: usize) -> (String, Option<usize>) {
    (path.to_owned(), Some(line))
}

#[test]
fn the_sample_says_what_the_defaults_are() {
    let sample = parse(SAMPLE).unwrap();
    let embedded = Config::embedded("/etc/frontdesk/data");
    assert_eq!(format!("{sample:?}"), format!("{embedded:?}"));
}

#[test]
fn the_sample_holds_with_its_settings_without_a_default_too() {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    let whole: Vec<_> = SAMPLE.lines().map(uncomment).collect();
    // The settings of the top table stand above, in the order of the file.
    let config = parse(&whole.join("\n")).unwrap();
    assert_eq!(
        config.certificate,
        CertificateSource::Files {
            certificate: "/etc/frontdesk/chain.pem".into(),
            key: "/etc/frontdesk/key.pem".into()
        }
    );
    let [acme] = &config.tenants[..] else { panic!("one tenant") };
    assert_eq!(acme.keys.len(), 2);
    assert_eq!(*acme.policy, policy::sample());
}

#[test]
fn an_empty_file_is_the_embedded_configuration() {
    assert_eq!(
        format!("{:?}", parse("").unwrap()),
        format!("{:?}", Config::embedded("/etc/frontdesk/data"))
    );
}

#[test]
fn what_a_file_sets_is_set() {
    let head = "listen = \"[::]:1\"\nhttp = \"off\"\nhello_timeout_ms = 100\nstall_timeout_ms = 200\nlog_format = \"json\"\n[limits]\nlinks_max = 3\n";
    let config = parse(&format!("{head}{TENANT}")).unwrap();
    assert_eq!(config.listen.to_string(), "[::]:1");
    assert_eq!(config.http, None);
    assert_eq!(config.hello_timeout, Duration::from_millis(100));
    assert_eq!(config.stall_timeout, Duration::from_millis(200));
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(config.limits, Limits { links_max: 3, ..Limits::default() });
    assert_eq!(config.tenants[0].policy.departments[1].waiting_max, 7);
    assert_eq!(config.tenants[0].keys[0].kid(), "k1");
}

#[test]
fn every_fault_is_named_with_its_line_and_all_of_them_at_once() {
    let text = "listen = \"4433\"\nidle_timeout_ms = 1\nlog_format = \"xml\"\n[limits]\nmessages_per_s = 0\n\n\
        [[tenants]]\nid = \"\"\nsites = []\ndepartments = [\n  { id = \"a\" },\n  { id = \"a\", waiting_max = 0 },\n]\n\
        [[tenants.keys]]\nkid = \"\"\nalg = \"HS256\"\nsecret = \"AAAA\"\n";
    assert_eq!(
        faults(text),
        [
            at("listen", 1),
            at("idle_timeout_ms", 2),
            ("hello_timeout_ms".to_owned(), None),
            at("log_format", 3),
            at("limits.messages_per_s", 5),
            at("tenants[0].id", 8),
            at("tenants[0].keys[0].secret", 17),
            at("tenants[0].sites", 9),
            at("tenants[0].departments[1]", 12),
            at("tenants[0].departments[1].waiting_max", 12),
        ]
    );
}

#[test]
fn groups_of_sites_are_read_and_their_faults_have_lines() {
    let groups = |groups: &str| {
        TENANT.replace("departments", &format!("site_groups = [\n{groups}\n]\ndepartments"))
    };
    let config = parse(&groups("{ id = \"all\", sites = [\"www\"] },")).unwrap();
    assert_eq!(config.tenants[0].policy.site_groups[0].id.as_str(), "all");
    let bad = groups("{ id = \"all\" },\n{ id = \"\", sites = [\"www\"] },");
    assert_eq!(faults(&bad), [at("tenants[0].site_groups[1].id", 7)]);
    let bad = groups("{ id = \"all\" },\n{ id = \"all\", sites = [\"www\", \"moon\"] },");
    assert_eq!(
        faults(&bad),
        [
            at("tenants[0].site_groups[1]", 7),
            at("tenants[0].site_groups[0].sites", 6),
            at("tenants[0].site_groups[1].sites[1]", 7),
        ]
    );
}

#[test]
fn a_typing_mistake_is_a_fault_and_not_a_default() {
    assert_eq!(faults("\nlistn = \"[::]:1\""), [at("", 2)]);
    assert_eq!(faults("[limits]\nlinks = 3"), [at("", 2)]);
    assert_eq!(faults("[[tenants]]\nid = \"a\"\nsite = [\"www\"]"), [at("", 3)]);
    assert_eq!(faults("listen = "), [at("", 1)]);
    assert_eq!(faults("\n\nidle_timeout_ms = \"30s\""), [at("", 3)]);
}

#[test]
fn a_key_must_be_given_once_and_fit_its_algorithm() {
    let faults_of = |key: &str| {
        faults(&format!(
            "[[tenants]]\nid = \"a\"\nsites = [\"s\"]\ndepartments = [{{ id = \"d\" }}]\n[[tenants.keys]]\nkid = \"k\"\n{key}"
        ))
    };
    assert_eq!(faults_of("alg = \"none\""), [at("tenants[0].keys[0].alg", 7)]);
    assert_eq!(faults_of("alg = \"HS256\""), [at("tenants[0].keys[0]", 5)]);
    assert_eq!(
        faults_of("alg = \"HS256\"\nsecret_file = \"/nowhere/x\""),
        [at("tenants[0].keys[0].secret_file", 8)]
    );
    assert_eq!(
        faults_of("alg = \"EdDSA\"\npublic_key = \"x\""),
        [at("tenants[0].keys[0].public_key", 8)]
    );
    let secret = "secret = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"";
    assert_eq!(
        faults_of(&format!("alg = \"HS256\"\n{secret}\npublic_key = \"x\"")),
        [at("tenants[0].keys[0].public_key", 9)]
    );
    assert_eq!(
        faults_of(&format!("alg = \"HS256\"\n{secret}\nsecret_file = \"x\"")),
        [at("tenants[0].keys[0]", 5)]
    );
}

#[test]
fn a_tenant_without_keys_and_one_named_twice_are_refused() {
    let keyless = "[[tenants]]\nid = \"a\"\nsites = [\"s\"]\ndepartments = [{ id = \"d\" }]\n";
    assert_eq!(faults(keyless), [at("tenants[0].keys", 1)]);
    assert_eq!(faults(&format!("{TENANT}{TENANT}")), [at("tenants[1].id", 13)]);
}

#[test]
fn half_a_certificate_is_refused() {
    assert_eq!(faults("certificate_file = \"a\""), [at("certificate_file", 1)]);
    assert_eq!(faults("\ncertificate_key_file = \"a\""), [at("certificate_key_file", 2)]);
}

#[test]
fn secrets_and_keys_are_read_from_files_beside_the_configuration() {
    let folder = Folder::new("files");
    std::fs::write(folder.0.join("s.txt"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
        .unwrap();
    let text = TENANT.replace(
        "secret = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"",
        "secret_file = \"s.txt\"",
    );
    let file = folder.0.join("broker.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::from_file(&file).unwrap();
    assert_eq!(config.tenants[0].keys.len(), 1);
    assert_eq!(config.data_folder, folder.0.join("data"));
}

#[test]
fn a_file_that_is_not_there_or_is_faulty_is_told_in_a_sentence() {
    let folder = Folder::new("faulty");
    let file = folder.0.join("broker.toml");
    let missing = Config::from_file(&file).unwrap_err().to_string();
    assert!(missing.contains("broker.toml") && missing.contains("check its path"), "{missing}");
    std::fs::write(&file, "listen = \"x\"\nhttp = \"y\"").unwrap();
    let faulty = Config::from_file(&file).unwrap_err().to_string();
    assert!(faulty.contains("2 fault(s)") && faulty.contains("\n  line 2: http: "), "{faulty}");
}

#[test]
fn a_gateway_is_told_other_limits_than_a_person() {
    use frontdesk_proto::{limits, v1};

    let config = Config::embedded("x");
    for role in crate::token::Role::ALL.map(v1::Role::from) {
        assert_eq!(config.limits.for_role(role, config.idle_timeout), limits::for_role(role));
    }
}

#[test]
fn no_secret_shows_itself_in_debug_output() {
    let config = parse(TENANT).unwrap();
    assert!(!format!("{config:?}").contains("AAECAw"));
}
