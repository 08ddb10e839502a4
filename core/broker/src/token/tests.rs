use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW_MS: u64 = 1_700_000_000_000;
const SECRET: [u8; 32] = [7; 32];
const PRIVATE_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
/// The public half of the key above, RFC 8037, appendix A.2.
const PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";

fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

fn hs256() -> SigningKey {
    SigningKey::hs256("hs", &SECRET).unwrap()
}

fn eddsa() -> SigningKey {
    SigningKey::eddsa_pem("ed", PRIVATE_PEM).unwrap()
}

/// Two tenants: `acme` with a key of each kind, `umbrella` with a key of another secret under a name that acme uses too.
fn keyring() -> Keyring {
    let mut keyring = Keyring::default();
    keyring.add(tenant("acme"), hs256().verifying().clone()).unwrap();
    keyring.add(tenant("acme"), VerifyingKey::eddsa_pem("ed", PUBLIC_PEM).unwrap()).unwrap();
    let other = SigningKey::hs256("hs", &[8; 32]).unwrap();
    keyring.add(tenant("umbrella"), other.verifying().clone()).unwrap();
    keyring
}

fn claims() -> Value {
    json!({"tid": "acme", "sub": "v-1", "role": "visitor", "aud": "frontdesk", "exp": NOW_MS / 1_000 + 60})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// Base64 for URLs without padding (RFC 4648, section 5), written apart from the code under test.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// A token with a true HS256 signature over whatever header and claims.
fn signed(header: &[u8], claims: &[u8]) -> String {
    let message = format!("{}.{}", base64(header), base64(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &SECRET);
    let signature = ring::hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", base64(signature.as_ref()))
}

fn signed_claims(claims: &Value) -> String {
    signed(br#"{"alg":"HS256","kid":"hs"}"#, claims.to_string().as_bytes())
}

fn fault(token: &str) -> TokenFault {
    keyring().verify(token, NOW_MS).unwrap_err()
}

fn claim_fault(claims: &Value) -> TokenFault {
    fault(&signed_claims(claims))
}

#[test]
fn a_good_token_says_who_stands_behind_it() {
    let identity = keyring().verify(&signed_claims(&claims()), NOW_MS).unwrap();
    assert_eq!(identity.tenant.as_str(), "acme");
    assert_eq!(identity.bearer, Bearer::Visitor(VisitorId::new("v-1").unwrap()));
    assert_eq!(identity.departments, None);
    assert_eq!(identity.expires_wall_ms, NOW_MS + 60_000);
}

#[test]
fn each_role_is_minted_and_read_back_with_either_algorithm() {
    for key in [hs256(), eddsa()] {
        for role in Role::ALL {
            let bearer = Bearer::new(role, "p-1").unwrap();
            let mut grant = Grant::new(tenant("acme"), bearer.clone(), NOW_MS + 5_000);
            let sales = DepartmentId::new("sales").unwrap();
            grant.departments = Some(vec![sales.clone()]);
            grant.not_before_wall_ms = Some(NOW_MS);
            let identity = keyring().verify(&mint(&key, &grant).unwrap(), NOW_MS).unwrap();
            assert_eq!((identity.bearer.role(), identity.bearer.subject()), (role, "p-1"));
            assert_eq!(identity.bearer, bearer);
            assert!(identity.reaches(&sales));
            assert!(!identity.reaches(&DepartmentId::new("support").unwrap()));
        }
    }
}

#[test]
fn the_signature_of_the_rfc_is_taken() {
    // RFC 8037, appendix A.4: the signature over this header and payload with the key above.
    let key = VerifyingKey::eddsa_pem("ed", PUBLIC_PEM).unwrap();
    let good = crypto::verify(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        key.decoding(),
        key.algorithm(),
    );
    assert!(good.unwrap());
}

#[test]
fn what_is_no_token_is_malformed_and_never_a_panic() {
    let good = signed_claims(&claims());
    let parts: Vec<_> = good.split('.').collect();
    let [header, body, signature] = parts[..] else { panic!("three parts") };
    let nested = "[".repeat(1_000);
    let body_json = claims().to_string();
    let body_json = body_json.as_bytes();
    let header_json = |text: &str| signed(text.as_bytes(), body_json);
    let body_of = |text: &[u8]| signed(br#"{"alg":"HS256","kid":"hs"}"#, text);
    let malformed = [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        " ".into(),
        "\0\0\0".into(),
        "visitor".into(),
        "客服".into(),
        format!("{header}.{body}"),
        format!("{header}.{body}.{signature}.{signature}"),
        format!(".{body}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{body}.{signature}="),
        format!("{header}.{body}.{signature}\n"),
        format!(" {header}.{body}.{signature}"),
        format!("Bearer {good}"),
        format!("{header}.{body}.!!!"),
        format!("{header}=.{body}.{signature}"),
        format!("{header}.{body}=.{signature}"),
        format!("{}.{body}.{signature}", header.to_lowercase()),
        header_json("{}"),
        header_json("[]"),
        header_json("null"),
        header_json("\"HS256\""),
        header_json(r#"{"alg":"none","kid":"hs"}"#),
        header_json(r#"{"alg":"None","kid":"hs"}"#),
        header_json(r#"{"alg":"hs256","kid":"hs"}"#),
        header_json(r#"{"alg":"ES256K","kid":"hs"}"#),
        header_json(r#"{"alg":null,"kid":"hs"}"#),
        header_json(r#"{"alg":["HS256"],"kid":"hs"}"#),
        header_json(r#"{"kid":"hs"}"#),
        header_json(r#"{"alg":"HS256","kid":7}"#),
        header_json(r#"{"alg":"HS256","kid":"hs","crit":["exp"],"exp":1}"#),
        header_json(r#"{"alg":"HS256","alg":"none","kid":"hs"}"#),
        header_json(r#"{"alg":"HS256","kid":"hs""#),
        header_json("\u{feff}{\"alg\":\"HS256\",\"kid\":\"hs\"}"),
        signed(b"\xff\xfe", body_json),
        body_of(b""),
        body_of(b"{"),
        body_of(b"[]"),
        body_of(b"null"),
        body_of(b"7"),
        body_of(b"\xff\xff"),
        body_of(b"{\"tid\":\"\xff\"}"),
        body_of(nested.as_bytes()),
        body_of(format!("{{\"tid\":{}", nested).as_bytes()),
    ];
    for token in &malformed {
        assert_eq!(fault(token), TokenFault::Malformed, "{token:?}");
    }
    assert!(malformed.len() >= 30);
}

#[test]
fn a_long_token_is_refused_by_its_length_alone() {
    let bytes = TOKEN_BYTES_MAX + 1;
    assert_eq!(fault(&"a".repeat(bytes)), TokenFault::TooLong { bytes });
    assert_eq!(fault(&"a".repeat(TOKEN_BYTES_MAX)), TokenFault::Malformed);
}

#[test]
fn a_tenant_that_is_not_served_is_unknown() {
    assert_eq!(claim_fault(&with("tid", json!("moon"))), TokenFault::UnknownTenant);
}

#[test]
fn only_the_tenants_own_keys_open_its_door() {
    // umbrella has a key named `hs` too, of another secret, and none named `ed`.
    assert_eq!(claim_fault(&with("tid", json!("umbrella"))), TokenFault::BadSignature);
    let bearer = Bearer::new(Role::Agent, "a-1").unwrap();
    let token = mint(&eddsa(), &Grant::new(tenant("umbrella"), bearer, NOW_MS)).unwrap();
    assert_eq!(fault(&token), TokenFault::UnknownKey);
}

#[test]
fn a_token_without_a_known_key_name_is_refused() {
    let body = claims().to_string();
    assert_eq!(fault(&signed(br#"{"alg":"HS256"}"#, body.as_bytes())), TokenFault::NoKeyNamed);
    assert_eq!(
        fault(&signed(br#"{"alg":"HS256","kid":""}"#, body.as_bytes())),
        TokenFault::UnknownKey
    );
    assert_eq!(
        fault(&signed(br#"{"alg":"HS256","kid":"hs2"}"#, body.as_bytes())),
        TokenFault::UnknownKey
    );
}

#[test]
fn the_algorithm_is_the_keys_and_not_the_headers() {
    let body = claims().to_string();
    for header in [
        r#"{"alg":"HS256","kid":"ed"}"#,
        r#"{"alg":"EdDSA","kid":"hs"}"#,
        r#"{"alg":"HS512","kid":"hs"}"#,
        r#"{"alg":"RS256","kid":"ed"}"#,
    ] {
        assert_eq!(
            fault(&signed(header.as_bytes(), body.as_bytes())),
            TokenFault::BadSignature,
            "{header}"
        );
    }
    // The classic: the public key, which everyone may know, taken as the secret of an HMAC.
    let key = VerifyingKey::eddsa_pem("ed", PUBLIC_PEM).unwrap();
    for public in [PUBLIC_PEM.as_bytes(), key.decoding().try_get_as_bytes().unwrap()] {
        let message =
            format!("{}.{}", base64(br#"{"alg":"HS256","kid":"ed"}"#), base64(body.as_bytes()));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public);
        let signature = ring::hmac::sign(&key, message.as_bytes());
        assert_eq!(
            fault(&format!("{message}.{}", base64(signature.as_ref()))),
            TokenFault::BadSignature
        );
    }
}

#[test]
fn a_changed_claim_or_signature_is_noticed() {
    let good = signed_claims(&claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let header = message.split('.').next().unwrap();
    let other = with("sub", json!("v-2")).to_string();
    assert_eq!(
        fault(&format!("{header}.{}.{signature}", base64(other.as_bytes()))),
        TokenFault::BadSignature
    );
    assert_eq!(fault(&format!("{message}.")), TokenFault::BadSignature);
    assert_eq!(fault(&format!("{message}.{}", base64(&[0; 32]))), TokenFault::BadSignature);
    assert_eq!(fault(&format!("{message}.{}", base64(&[0; 64]))), TokenFault::BadSignature);
}

#[test]
fn a_token_ends_at_its_expiry_and_the_leeway_not_before() {
    let token = signed_claims(&claims());
    let last_ms = NOW_MS + 60_000 + LEEWAY_MS;
    assert!(keyring().verify(&token, last_ms).is_ok());
    assert_eq!(keyring().verify(&token, last_ms + 1), Err(TokenFault::Expired));
    assert_eq!(keyring().verify(&token, u64::MAX), Err(TokenFault::Expired));
}

#[test]
fn a_token_begins_the_leeway_before_its_nbf() {
    let token = signed_claims(&with("nbf", json!(NOW_MS / 1_000)));
    assert!(keyring().verify(&token, NOW_MS - LEEWAY_MS).is_ok());
    assert_eq!(keyring().verify(&token, NOW_MS - LEEWAY_MS - 1), Err(TokenFault::NotYetValid));
}

#[test]
fn times_may_have_fractions_and_be_far_away() {
    assert!(keyring().verify(&signed_claims(&with("exp", json!(1.8e9 + 0.5))), NOW_MS).is_ok());
    let far = keyring().verify(&signed_claims(&with("exp", json!(u64::MAX))), NOW_MS).unwrap();
    assert_eq!(far.expires_wall_ms, u64::MAX);
    assert_eq!(claim_fault(&with("nbf", json!(1e300))), TokenFault::NotYetValid);
}

#[test]
fn the_audience_must_name_us() {
    assert!(
        keyring().verify(&signed_claims(&with("aud", json!(["x", "frontdesk"]))), NOW_MS).is_ok()
    );
    for audience in
        [json!("other"), json!(["other"]), json!([]), json!(7), Value::Null, json!([["frontdesk"]])]
    {
        assert_eq!(claim_fault(&with("aud", audience)), TokenFault::WrongAudience);
    }
    assert_eq!(claim_fault(&without("aud")), TokenFault::NoAudience);
}

#[test]
fn a_claim_that_can_t_be_used_is_named() {
    let long = "x".repeat(65);
    for (name, values) in [
        ("tid", vec![json!(""), json!(7), Value::Null, json!(long), json!("a\u{0}b")]),
        ("sub", vec![json!(""), json!(["v-1"]), Value::Null, json!(long), json!("a\nb")]),
        ("role", vec![json!("owner"), json!("Visitor"), json!(1), Value::Null]),
        ("exp", vec![json!("1700000060"), json!(-1), Value::Null, json!([1]), json!(true)]),
        ("nbf", vec![json!("soon"), json!(-0.5), Value::Null]),
        (
            "departments",
            vec![json!([]), json!("sales"), json!([7]), json!([""]), Value::Null, json!({})],
        ),
    ] {
        for value in values {
            let fault = claim_fault(&with(name, value.clone()));
            assert_eq!(fault, TokenFault::BadClaim(name), "{name} = {value}");
        }
        if !matches!(name, "nbf" | "departments") {
            assert_eq!(claim_fault(&without(name)), TokenFault::MissingClaim(name));
        }
    }
}

#[test]
fn old_and_new_key_both_open_while_one_is_rotated() {
    let new = SigningKey::hs256("hs-2", &[9; 32]).unwrap();
    let mut both = keyring();
    both.add(tenant("acme"), new.verifying().clone()).unwrap();
    let grant = Grant::new(tenant("acme"), Bearer::new(Role::Visitor, "v").unwrap(), NOW_MS);
    for key in [&hs256(), &new] {
        assert!(both.verify(&mint(key, &grant).unwrap(), NOW_MS).is_ok());
    }
    assert_eq!(fault(&mint(&new, &grant).unwrap()), TokenFault::UnknownKey);
}

#[test]
fn one_name_is_one_key() {
    let mut keyring = keyring();
    let again = VerifyingKey::hs256("hs", &[1; 32]).unwrap();
    let fault = keyring.add(tenant("acme"), again).unwrap_err();
    assert_eq!(fault, KeyFault::NameTwice { tenant: tenant("acme"), kid: "hs".into() });
    assert!(keyring.verify(&signed_claims(&claims()), NOW_MS).is_ok());
}

#[test]
fn keys_that_are_none_are_refused_with_a_remedy() {
    assert_eq!(VerifyingKey::hs256_base64("k", "???").unwrap_err(), KeyFault::SecretNotBase64);
    assert_eq!(
        VerifyingKey::hs256_base64("k", "AAAA").unwrap_err(),
        KeyFault::SecretLength { bytes: 3 }
    );
    assert!(matches!(VerifyingKey::hs256("", &SECRET), Err(KeyFault::BadName(_))));
    for pem in
        ["", "x", PRIVATE_PEM, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
    {
        assert_eq!(VerifyingKey::eddsa_pem("k", pem).unwrap_err(), KeyFault::NotEd25519Public);
    }
    for pem in
        ["", "x", PUBLIC_PEM, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    {
        assert_eq!(SigningKey::eddsa_pem("k", pem).unwrap_err(), KeyFault::NotEd25519Private);
    }
}

#[test]
fn no_key_shows_itself_in_debug_output() {
    let shown = format!("{:?} {:?} {:?}", hs256(), eddsa(), keyring());
    assert!(!shown.contains("[7, 7") && !shown.contains("SecretOrDer"), "{shown}");
}

#[test]
fn every_fault_ends_the_connection_with_its_code() {
    for (fault, code) in [
        (TokenFault::TooLong { bytes: 5_000 }, v1::Code::BadToken),
        (TokenFault::Malformed, v1::Code::BadToken),
        (TokenFault::UnknownTenant, v1::Code::UnknownTenant),
        (TokenFault::NoKeyNamed, v1::Code::BadToken),
        (TokenFault::UnknownKey, v1::Code::BadToken),
        (TokenFault::BadSignature, v1::Code::BadToken),
        (TokenFault::Expired, v1::Code::TokenExpired),
        (TokenFault::NotYetValid, v1::Code::TokenExpired),
        (TokenFault::WrongAudience, v1::Code::BadToken),
        (TokenFault::NoAudience, v1::Code::BadToken),
        (TokenFault::MissingClaim("exp"), v1::Code::BadToken),
        (TokenFault::BadClaim("sub"), v1::Code::BadToken),
    ] {
        assert_eq!(fault.code(), code);
        assert!(fault.to_string().contains(';'), "cause; remedy");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_taken_for_a_token_or_cause_a_panic(token in "\\PC{0,200}|[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,80}){0,3}") {
        prop_assert!(keyring().verify(&token, NOW_MS).is_err());
    }

    #[test]
    fn a_token_with_one_byte_changed_is_refused(at in 0usize..1_000, byte in any::<u8>()) {
        let good = signed_claims(&claims());
        let mut bytes = good.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(token) = String::from_utf8(bytes) && token != good {
            prop_assert!(keyring().verify(&token, NOW_MS).is_err());
        }
    }
}
