use super::department::{Overflow, Ring};
use super::style::RegionRule;
use super::*;

fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id).unwrap()
}

fn skill(id: &str) -> SkillId {
    SkillId::new(id).unwrap()
}

fn draft(departments: &[&str]) -> Draft {
    let departments = departments.iter().map(|id| department(id)).collect();
    Draft::new(vec![SiteId::new("www").unwrap()], departments)
}

fn paths(draft: Draft) -> Vec<String> {
    Policy::new(draft).unwrap_err().into_iter().map(|fault| fault.path).collect()
}

#[test]
fn a_policy_is_refused_whole_with_each_fault_named() {
    let mut bad = draft(&["sales", "sales"]);
    bad.departments[1].waiting_max = 0;
    bad.capacity_default = 51;
    assert_eq!(paths(bad), ["departments[1]", "capacity_default", "departments[1].waiting_max"]);
}

#[test]
fn what_a_policy_refers_to_must_stand_in_it() {
    let mut bad = draft(&["sales"]);
    bad.sites[0].style = Some(StyleId::new("none").unwrap());
    bad.departments[0].rings = vec![Ring { after_ms: 1, waives: vec![skill("french")] }];
    bad.departments[0].overflow = vec![Overflow { after_ms: 1, to: department("moon") }];
    let mut style = Style::new(StyleId::new("plain").unwrap(), department("mars"));
    style.regions = vec![RegionRule { regions: vec!["广东".into()], receivers: Vec::new() }];
    style.bot = Some(AgentId::new("robo").unwrap());
    bad.styles.push(style);
    let found = [
        "sites[0].style",
        "departments[0].rings[0].waives[0]",
        "departments[0].overflow[0].to",
        "styles[0].home",
        "styles[0].regions[0].receivers",
        "styles[0].bot",
    ];
    assert_eq!(paths(bad), found);
}

#[test]
fn a_loop_of_overflows_is_refused_at_each_department_in_it() {
    let mut bad = draft(&["a", "b", "c"]);
    for (from, to) in [(0, "b"), (1, "a"), (2, "a")] {
        bad.departments[from].overflow = vec![Overflow { after_ms: 1, to: department(to) }];
    }
    assert_eq!(paths(bad), ["departments[0].overflow", "departments[1].overflow"]);
}

#[test]
fn numbers_lead_back_to_ids() {
    let policy = Policy::new(draft(&["sales"])).unwrap();
    let no = policy.department(&department("sales")).unwrap();
    assert_eq!(policy.department_at(no).id, department("sales"));
    assert_eq!(policy.department(&department("moon")), None);
}

#[test]
fn a_successor_leaves_each_number_to_its_id() {
    let first = Policy::new(draft(&["a", "b"])).unwrap();
    let second = first.succeed(draft(&["c", "b"])).unwrap();
    assert_eq!(second.department(&department("a")), None);
    assert_eq!(second.department_at(DepartmentNo(0)).existence, Existence::Retired);
    assert_eq!(second.department_at(DepartmentNo(0)).id, department("a"));
    assert_eq!(second.department(&department("b")), Some(DepartmentNo(1)));
    assert_eq!(second.department(&department("c")), Some(DepartmentNo(2)));
    let third = second.succeed(draft(&["a", "c"])).unwrap();
    assert_eq!(third.department(&department("a")), Some(DepartmentNo(0)));
}

#[test]
fn a_skills_bit_is_given_anew_only_after_a_policy_without_it() {
    let with = |skills: &[&str]| {
        let mut draft = draft(&["sales"]);
        draft.skills = skills.iter().map(|id| skill(id)).collect();
        draft
    };
    let set = |policy: &Policy, id: &str| policy.skill_set(&[skill(id)]).unwrap();
    let first = Policy::new(with(&["a", "b"])).unwrap();
    let second = first.succeed(with(&["b", "c"])).unwrap();
    assert_eq!(set(&second, "b"), set(&first, "b"));
    assert_ne!(set(&second, "c"), set(&first, "a"), "agents may still have it");
    let third = second.succeed(with(&["b", "c", "d"])).unwrap();
    assert_eq!(set(&third, "d"), set(&first, "a"));
    assert_eq!(third.skill_ids(SkillSet(u64::MAX)).count(), 3);
}

#[test]
fn all_rules_that_match_a_region_are_united_and_override_the_receivers() {
    let mut draft = draft(&["north", "south", "all"]);
    let to = |id: &str| vec![Receiver::Department(department(id))];
    let mut style = Style::new(StyleId::new("plain").unwrap(), department("all"));
    style.receivers = to("all");
    style.regions = vec![
        RegionRule { regions: vec!["广东".into(), "湖南".into()], receivers: to("south") },
        RegionRule { regions: vec!["广东省深圳".into()], receivers: to("north") },
        RegionRule { regions: vec!["广".into()], receivers: to("south") },
    ];
    draft.styles.push(style);
    let policy = Policy::new(draft).unwrap();
    let style = policy.style_of(SiteNo(0));
    let range = |region: &str| -> Vec<u16> {
        let departments = style.range(region).into_iter().map(|receives| match receives {
            Receives::Department(no) => no.0,
            Receives::Agent(_) => u16::MAX,
        });
        departments.collect()
    };
    assert_eq!(range("广东省深圳市"), [1, 0]);
    assert_eq!(range("湖南省"), [1]);
    assert_eq!(range("北京"), [2], "no rule matches: the style's receivers stand");
    assert_eq!(range(""), [2]);
}

#[test]
fn weights_come_in_classes() {
    let mut draft = draft(&["sales"]);
    let channel = |id: &str, weight| Channel { id: ChannelId::new(id).unwrap(), weight };
    draft.channels = vec![channel("mail", 25), channel("voice", 300), channel("app", 100)];
    let policy = Policy::new(draft).unwrap();
    assert_eq!(policy.weight_classes()[..], [25, 100, 300]);
    let voice = policy.channel(&ChannelId::new("voice").unwrap()).unwrap();
    assert_eq!((policy.weight(voice), policy.weight(ChannelNo(0))), (300, WEIGHT));
}

#[test]
fn a_list_that_is_too_long_is_looked_at_no_further() {
    let mut bad = draft(&["sales"]);
    bad.capacity_default = 51;
    bad.bots = vec![
        Bot { id: AgentId::new("robo").unwrap(), hidden: false, takes_transfers: false };
        BOTS_MAX + 1
    ];
    let found = paths(bad);
    assert_eq!(found[0], "bots");
    assert!(found[1..].iter().all(|path| path.starts_with("bots[")), "{found:?}");
}

#[test]
fn words_that_are_too_long_are_refused_by_their_place() {
    let mut bad = draft(&["sales"]);
    let sales = bad.departments[0].id.clone();
    let mut style = Style::new(StyleId::new("plain").unwrap(), sales);
    style.words.nobody = "x".repeat(style::WORDS_BYTES_MAX + 1).into();
    bad.styles = vec![style];
    assert_eq!(paths(bad), ["styles[0].words.nobody's bytes"]);
}
