use std::sync::atomic::{AtomicU32, Ordering};

use frontdesk_desk::id::{DepartmentId, SiteId};

use super::*;

/// What becomes of a file's bytes.
type Harm = fn(&mut Vec<u8>);

/// A data folder that is gone afterwards.
struct Data(PathBuf);

impl Data {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("frontdesk-kept-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(folder))
    }

    fn kept(&self) -> KeptPolicies {
        KeptPolicies::of(&self.0)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn tenant(id: &str) -> TenantId {
    TenantId::new(id).unwrap()
}

fn policy(version: u64, site: &str) -> Policy {
    let sites = vec![SiteId::new(site).unwrap()];
    let departments = vec![DepartmentId::new("sales").unwrap()];
    Policy::new(Draft { version, ..Draft::new(sites, departments) }).unwrap()
}

fn damage(kept: &KeptPolicies, tenant: &TenantId, harm: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = std::fs::read(kept.file(tenant)).unwrap();
    harm(&mut bytes);
    std::fs::write(kept.file(tenant), bytes).unwrap();
    kept.read(tenant).unwrap_err().to_string()
}

#[test]
fn of_configured_and_kept_the_higher_version_runs_and_at_the_same_the_kept_one() {
    let data = Data::new();
    let (kept, acme) = (data.kept(), tenant("acme"));
    let chosen = |version| {
        let (policy, origin) = kept.choose(&acme, &policy(version, "file")).unwrap();
        (policy.sites[0].id.as_str().to_owned(), policy.version, origin)
    };
    assert_eq!(chosen(1), ("file".to_owned(), 1, Origin::Configured));
    let _ = kept.keep(&acme, &policy(5, "admin")).unwrap();
    assert_eq!(chosen(4), ("admin".to_owned(), 5, Origin::KeptOver(4)));
    assert_eq!(chosen(5), ("admin".to_owned(), 5, Origin::KeptOver(5)));
    assert_eq!(chosen(6), ("file".to_owned(), 6, Origin::ConfiguredOver(5)));
    let granted =
        Policy::new(Draft { visitors_max: 7, ..Draft::clone(&policy(1, "file")) }).unwrap();
    let (bound, _) = kept.choose(&acme, &granted).unwrap();
    assert_eq!((bound.version, bound.visitors_max), (5, 7), "but within what the operator grants");
    for origin in [Origin::KeptOver(4), Origin::ConfiguredOver(5)] {
        assert!(origin.to_string().contains("an admin put in force"), "{origin}");
    }
}

#[test]
fn what_is_kept_is_read_again_and_what_comes_later_takes_its_place() {
    let data = Data::new();
    let (kept, acme) = (data.kept(), tenant("acme"));
    assert!(kept.read(&acme).unwrap().is_none());
    let _ = kept.keep(&acme, &policy(2, "one")).unwrap();
    let before = kept.keep(&acme, &policy(3, "two")).unwrap();
    let drafts = |policy: Option<Policy>| policy.map(|policy| Draft::clone(&policy));
    assert_eq!(drafts(kept.read(&acme).unwrap()), drafts(Some(policy(3, "two"))));
    kept.put_back(&acme, before);
    assert_eq!(drafts(kept.read(&acme).unwrap()), drafts(Some(policy(2, "one"))));
    kept.put_back(&acme, Before(None));
    assert!(kept.read(&acme).unwrap().is_none());
    assert_eq!(
        std::fs::read_dir(data.0.join(FOLDER)).unwrap().count(),
        0,
        "nothing is left beside"
    );
}

#[test]
fn a_damaged_file_is_named_with_what_is_wrong_and_what_to_do() {
    let data = Data::new();
    let (kept, acme) = (data.kept(), tenant("acme"));
    let harms: [(&str, Harm); 5] = [
        ("isn't what was written", |bytes| *bytes.last_mut().unwrap() ^= 1),
        ("isn't what was written", |bytes| bytes.truncate(bytes.len() - 1)),
        ("first line", |bytes| bytes.clear()),
        ("first line", |bytes| bytes[17] = b'2'),
        ("isn't what was written", |bytes| bytes[20] ^= 1),
    ];
    for (what, harm) in harms {
        let _ = kept.keep(&acme, &policy(2, "one")).unwrap();
        let said = damage(&kept, &acme, harm);
        assert!(said.contains(what), "{said}");
        for part in ["acme", "acme.policy", "put a copy of it back, or delete it"] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn no_changed_or_missing_byte_is_taken_for_a_policy() {
    let data = Data::new();
    let (kept, acme) = (data.kept(), tenant("acme"));
    let _ = kept.keep(&acme, &policy(2, "one")).unwrap();
    let good = std::fs::read(kept.file(&acme)).unwrap();
    assert!(decoded(&good).is_ok());
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert!(decoded(&bad).is_err(), "bit {bit} of byte {at}");
        }
        assert!(decoded(&good[..at]).is_err(), "the first {at} bytes");
    }
}

#[test]
fn a_file_that_says_no_good_policy_is_damaged_too() {
    let data = Data::new();
    let (kept, acme) = (data.kept(), tenant("acme"));
    let written = |body: &[u8]| {
        let mut bytes = format!("{HEAD}{}\n", sum(body)).into_bytes();
        bytes.extend_from_slice(body);
        std::fs::write(kept.file(&acme), bytes).unwrap();
        kept.read(&acme).unwrap_err().to_string()
    };
    let _ = kept.keep(&acme, &policy(2, "one")).unwrap();
    assert!(written(&[0xff]).contains("it is no Policy"));
    let mut twice = border::policy::policy(&policy(2, "one"));
    twice.previews = 0;
    assert!(written(&twice.encode_to_vec()).contains("previews: "));
    twice.previews = 1;
    twice.sites.push(twice.sites[0].clone());
    assert!(written(&twice.encode_to_vec()).contains("it has 1 fault(s), the first: sites[1]: "));
}

#[test]
fn a_disk_at_fault_leaves_what_was_kept_before() {
    let data = Data::new();
    let (kept, acme) = (data.kept(), tenant("acme"));
    let _ = kept.keep(&acme, &policy(2, "one")).unwrap();
    // Where the new file would be written there is a folder.
    let beside = data.0.join(FOLDER).join("acme.policy.new");
    std::fs::create_dir(&beside).unwrap();
    let fault = kept.keep(&acme, &policy(3, "two")).map(drop).unwrap_err();
    assert!(matches!(&fault, KeptFault::Unwritable { .. }), "{fault}");
    assert_eq!(kept.read(&acme).unwrap().unwrap().version, 2);
    std::fs::remove_dir(&beside).unwrap();

    let globex = Data::new();
    std::fs::write(&globex.0, "no folder").unwrap();
    let fault = globex.kept().keep(&acme, &policy(3, "two")).map(drop).unwrap_err().to_string();
    assert!(fault.contains("acme") && fault.contains("policies"), "{fault}");
    std::fs::remove_file(&globex.0).unwrap();
}

#[test]
fn no_two_tenants_share_a_file_and_none_leaves_the_folder() {
    let names = ["acme", "Acme", "a/b", "..", "a%2fb", "访客", "a b"];
    let files: Vec<String> = names.iter().map(|id| file_name(&tenant(id))).collect();
    assert_eq!(files[..3], ["acme.policy", "%41cme.policy", "a%2fb.policy"]);
    assert_eq!(files[3], "%2e%2e.policy");
    let mut distinct = files.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len());
    assert!(files.iter().all(|file| !file.contains(['/', '\\'])));
    let longest = file_name(&tenant(&"访".repeat(21)));
    assert!(longest.len() + ".new".len() <= 255);
}
