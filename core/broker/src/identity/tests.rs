use super::*;
use crate::token::{Bearer, Grant, Role, mint};

/// A data folder that is gone when the test is over.
struct Data(PathBuf);

impl Data {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("frontdesk-identity-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn config(&self) -> Config {
        Config::embedded(&self.0)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn fault(config: &Config) -> String {
    BrokerIdentity::open(config).unwrap_err().to_string()
}

#[test]
fn a_second_start_finds_what_the_first_one_made() {
    let data = Data::new("twice");
    let config = data.config();
    let (first, second) =
        (BrokerIdentity::open(&config).unwrap(), BrokerIdentity::open(&config).unwrap());
    assert_eq!(first.pin, second.pin);
    assert_eq!(first.pin.len(), 64);
    assert_eq!(first.quic.connection_id, second.quic.connection_id);
    let sign = |identity: &BrokerIdentity| {
        let mut out = vec![0; identity.quic.reset.signature_len()];
        identity.quic.reset.sign(b"connection", &mut out);
        out
    };
    assert_eq!(sign(&first), sign(&second));

    let tenant = TenantId::new(DEVELOPMENT_TENANT).unwrap();
    let grant = Grant::new(tenant, Bearer::new(Role::Agent, "a-1").unwrap(), 1_000);
    let token = mint(&first.development.as_ref().unwrap().key, &grant).unwrap();
    assert!(second.keyring(&config).unwrap().verify(&token, 0).is_ok());
}

#[test]
fn the_development_key_is_in_the_form_that_every_tool_reads() {
    let data = Data::new("pkcs8");
    BrokerIdentity::open(&data.config()).unwrap();
    let pem = std::fs::read_to_string(data.file(DEVELOPMENT_KEY_FILE)).unwrap();
    let der = rustls::pki_types::PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let der = der.secret_pkcs8_der();
    // The first version: an outer length of 46, version 0, and nothing after the 32 bytes.
    assert_eq!((der.len(), &der[..5]), (48, &[0x30, 46, 2, 1, 0][..]));
}

#[test]
fn two_data_folders_are_two_identities() {
    let (one, other) = (Data::new("one"), Data::new("other"));
    let (one, other) = (
        BrokerIdentity::open(&one.config()).unwrap(),
        BrokerIdentity::open(&other.config()).unwrap(),
    );
    assert_ne!(one.pin, other.pin);
    assert_ne!(one.quic.connection_id, other.quic.connection_id);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_folder_or_its_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let data = Data::new("modes");
    BrokerIdentity::open(&data.config()).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data.0), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&data.0).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
        files += 1;
    }
    assert_eq!(files, 5, "two of the certificate, QUIC keys, development key, lock");
}

#[test]
fn tls_speaks_our_protocol_and_quic_takes_it() {
    let data = Data::new("alpn");
    let identity = BrokerIdentity::open(&data.config()).unwrap();
    assert_eq!(identity.tls.alpn_protocols, [ALPN.to_vec()]);
    let _ = identity.quic_tls();
}

#[test]
fn a_damaged_file_is_named_and_not_replaced() {
    let data = Data::new("damaged");
    let config = data.config();
    BrokerIdentity::open(&config).unwrap();
    for (name, remedy) in [
        ("quic.keys", "delete it"),
        (DEVELOPMENT_KEY_FILE, "delete it"),
        (CERTIFICATE_FILE, "leaf first"),
        (CERTIFICATE_KEY_FILE, "leaf first"),
    ] {
        let whole = std::fs::read_to_string(data.file(name)).unwrap();
        for damaged in ["", "x", &whole[..whole.len() / 2]] {
            std::fs::write(data.file(name), damaged).unwrap();
            let sentence = fault(&config);
            assert!(sentence.contains(name) && sentence.contains(remedy), "{sentence}");
            assert_eq!(std::fs::read_to_string(data.file(name)).unwrap(), damaged);
        }
        std::fs::write(data.file(name), &whole).unwrap();
        BrokerIdentity::open(&config).unwrap();
    }
}

#[test]
fn a_certificate_without_its_key_is_not_served() {
    let data = Data::new("keyless");
    let config = data.config();
    let pin = BrokerIdentity::open(&config).unwrap().pin;
    std::fs::remove_file(data.file(CERTIFICATE_KEY_FILE)).unwrap();
    let sentence = fault(&config);
    assert!(sentence.contains("certificate.key.pem is gone"), "{sentence}");
    std::fs::remove_file(data.file(CERTIFICATE_FILE)).unwrap();
    assert_ne!(BrokerIdentity::open(&config).unwrap().pin, pin);
}

#[test]
fn a_certificate_of_ones_own_is_served_and_must_fit_its_key() {
    let (mine, other) = (Data::new("own"), Data::new("own-other"));
    BrokerIdentity::open(&mine.config()).unwrap();
    let pin = BrokerIdentity::open(&other.config()).unwrap().pin;
    let mut config = mine.config();
    config.certificate = CertificateSource::Files {
        certificate: other.file(CERTIFICATE_FILE),
        key: other.file(CERTIFICATE_KEY_FILE),
    };
    assert_eq!(BrokerIdentity::open(&config).unwrap().pin, pin);
    config.certificate = CertificateSource::Files {
        certificate: other.file(CERTIFICATE_FILE),
        key: mine.file(CERTIFICATE_KEY_FILE),
    };
    assert!(fault(&config).contains("certificate.pem can't be used"));
    config.certificate =
        CertificateSource::Files { certificate: "nowhere.pem".into(), key: "nowhere".into() };
    assert!(fault(&config).contains("nowhere.pem can't be read"));
}

#[test]
fn a_configured_tenant_takes_the_development_tenants_place() {
    let data = Data::new("tenants");
    let mut config = data.config();
    let identity = BrokerIdentity::open(&config).unwrap();
    assert_eq!(identity.tenants(&config)[0].id.as_str(), DEVELOPMENT_TENANT);
    let mut acme = identity.tenants(&config)[0].clone();
    acme.id = TenantId::new("acme").unwrap();
    config.tenants = vec![acme];
    let identity = BrokerIdentity::open(&config).unwrap();
    assert!(identity.development.is_none());
    assert_eq!(identity.tenants(&config)[0].id.as_str(), "acme");
}

#[test]
fn a_folder_that_can_t_be_one_is_told_in_a_sentence() {
    let data = Data::new("file");
    std::fs::write(&data.0, "x").unwrap();
    let sentence = fault(&data.config());
    let _ = std::fs::remove_file(&data.0);
    assert!(sentence.contains("can't be used") && sentence.contains("--data"), "{sentence}");
}

#[test]
fn no_key_shows_itself_in_debug_output() {
    let data = Data::new("debug");
    let shown = format!("{:?}", BrokerIdentity::open(&data.config()).unwrap().quic);
    assert_eq!(shown, "QuicKeys");
}
