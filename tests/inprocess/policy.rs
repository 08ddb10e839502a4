//! Row Q14: the policy is read and replaced by an admin through the engine.

use frontdesk::desk::delivery::{Delivery, OfferOutcome, Status};
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{AgentId, InvitationRuleId, TenantId};
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::policy::invitations::InvitationRule;
use frontdesk::desk::policy::{Department, Draft, Policy, PolicyFault, Site};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{AgentAttach, Command, NotReplaced, Prepared, Reply, SignOn};

use crate::house::{House, Seat, department, offers, outcomes};

fn read(house: &House, seat: &Seat) -> Draft {
    match house.submit(seat, Command::ReadPolicy) {
        Ok(Reply::Policy(draft)) => *draft,
        other => panic!("no policy: {other:?}"),
    }
}

fn replace(house: &House, seat: &Seat, draft: Draft, made_from: u64) -> Result<u64, Refusal> {
    let draft = Box::new(draft);
    match house.submit(seat, Command::ReplacePolicy { draft, made_from })? {
        Reply::PolicyReplaced { version } => Ok(version),
        other => panic!("neither replaced nor refused: {other:?}"),
    }
}

#[test]
fn an_admin_reads_changes_and_replaces_the_policy_and_it_holds_at_once() {
    let house = House::new();
    let boss = house.agent_as(Role::Admin, "boss");
    let mut draft = read(&house, &boss);
    assert_eq!(draft.version, 1);
    draft.sites.push(Site::from(frontdesk::desk::id::SiteId::new("shop").unwrap()));
    // Whatever the draft says of its version, it is the next.
    draft.version = 99;
    assert_eq!(replace(&house, &boss, draft.clone(), 1), Ok(2));
    assert_eq!(read(&house, &boss), Draft { version: 2, ..draft.clone() });
    assert_eq!(replace(&house, &boss, draft.clone(), 1), Ok(2), "again, it is told the same");
    let by = Some(AgentId::new("boss").unwrap());
    let facts: Vec<_> = house.facts();
    let replaced = facts.iter().filter(|event| matches!(event, Event::PolicyReplaced { .. }));
    assert!(replaced.eq([&Event::PolicyReplaced { version: 2, by }]), "{facts:?}");
    house.whole();
}

#[test]
fn a_replacement_is_refused_whole_by_faults_age_and_who_asks() {
    let house = House::new();
    let boss = house.agent_as(Role::Admin, "boss");
    let draft = read(&house, &boss);

    let narrow = AgentAttach {
        role: Role::Admin,
        reach: Reach::Only([department("sales")].into()),
        ..AgentAttach::new(AgentId::new("narrow").unwrap())
    };
    let others = [
        house.agent("ann"),
        house.agent_as(Role::Bot, "robo"),
        house.agent_as(Role::Supervisor, "sue"),
        house.attach_agent(narrow),
    ];
    for seat in &others {
        assert_eq!(house.submit(seat, Command::ReadPolicy), Err(Refusal::AdminsOnly));
        assert_eq!(replace(&house, seat, draft.clone(), 1), Err(Refusal::AdminsOnly));
    }
    let visitor = house.visitor("v");
    assert_eq!(house.submit(&visitor, Command::ReadPolicy), Err(Refusal::AgentsOnly));
    assert_eq!(replace(&house, &visitor, draft.clone(), 1), Err(Refusal::AgentsOnly));

    let mut bad = draft.clone();
    bad.departments.push(bad.departments[0].clone());
    let fault = PolicyFault {
        path: format!("departments[{}]", draft.departments.len()),
        fault: "\"sales\" stands there twice".into(),
    };
    assert_eq!(replace(&house, &boss, bad, 1), Err(Refusal::BadPolicy(vec![fault])));
    for made_from in [0, 2, u64::MAX] {
        let changed = Draft { capacity_max: 7, ..draft.clone() };
        let outdated = Err(Refusal::PolicyOutdated { present: 1 });
        assert_eq!(replace(&house, &boss, changed, made_from), outdated);
    }
    assert_eq!(read(&house, &boss), draft);
    assert!(!house.facts().iter().any(|event| matches!(event, Event::PolicyReplaced { .. })));
}

#[test]
fn a_prepared_policy_changes_nothing_and_is_outdated_by_another_that_comes_first() {
    let house = House::new();
    let boss = house.agent_as(Role::Admin, "boss");
    let draft = read(&house, &boss);
    let prepare = |capacity_max| {
        let draft = Draft { capacity_max, ..draft.clone() };
        match house.engine.prepare_policy(boss.link, draft, 1, house.now) {
            Ok(Prepared::Ready(replacement)) => replacement,
            other => panic!("not ready: {other:?}"),
        }
    };
    let (first, second) = (prepare(7), prepare(8));
    assert_eq!((first.policy().version, first.tenant()), (2, house.tenant));
    assert_eq!(read(&house, &boss), draft);
    assert_eq!(house.engine.put_policy(first, house.now).map(|put| put.version), Ok(2));
    let late = house.engine.put_policy(second, house.now);
    assert_eq!(late, Err(NotReplaced::Outdated { present: 2 }));
    assert_eq!(read(&house, &boss).capacity_max, 7);
}

#[test]
fn those_who_wait_are_offered_and_are_in_session_stay_so_under_another_policy() {
    let house = House::ruled(|draft| {
        draft.departments.push(Department::new(department("tax")));
        draft.departments[0].offers.mode = OfferMode::Taken;
        let last = draft.departments.len() - 1;
        let mode = OfferMode::Asked { timeout_ms: 60_000, at_once: 1 };
        draft.departments[last].offers.mode = mode;
    });
    let boss = house.agent_as(Role::Admin, "boss");
    let _ann = house.online("ann", 1);
    let tax = SignOn::new(vec![department("tax")], Some(1));
    let mut bob = house.online_for(Role::Agent, "bob", tax);
    let visitors = ["v1", "v2", "v3"].map(|id| house.visitor(id));
    let held = house.ask(&visitors[0]);
    let ask = || frontdesk::engine::Ask::of(department("tax"));
    let offered = house.ask_for(&visitors[1], ask()).unwrap();
    let queued = house.ask_for(&visitors[2], ask()).unwrap();
    let made = offers(&bob.told());
    assert_eq!(made.len(), 1);

    let mut draft = read(&house, &boss);
    draft.departments.retain(|one| one.id != department("tax"));
    assert_eq!(replace(&house, &boss, draft, 1), Ok(2));
    house.whole();
    assert_eq!(house.holder(&boss, held).as_deref(), Some("ann"));
    assert_eq!(outcomes(&bob.told()), [] as [OfferOutcome; 0], "the offer stands");
    house.submit(&bob, Command::AcceptOffer { offer: made[0].offer }).unwrap();
    assert_eq!(house.holder(&boss, offered).as_deref(), Some("bob"));
    assert_eq!(house.holder(&boss, queued), None);
    house.submit(&visitors[0], Command::Close { session: held }).unwrap();
    assert_eq!(house.holder(&boss, queued).as_deref(), Some("ann"), "the home department's");
    house.whole();
}

#[test]
fn new_rules_invite_a_visitor_who_is_there_from_its_next_page_on() {
    let mut house = House::new();
    let boss = house.agent_as(Role::Admin, "boss");
    let _ann = house.online("ann", 1);
    let mut mia = house.visitor("mia");
    let mut draft = read(&house, &boss);
    let all = InvitationRule::new(InvitationRuleId::new("all").unwrap());
    draft.invitations.rules.push(all);
    replace(&house, &boss, draft, 1).unwrap();
    let is_shown = |told: Vec<Delivery>| {
        told.iter().any(|delivery| matches!(delivery, Delivery::InvitationShown(_)))
    };
    house.wait(60_000);
    assert!(!is_shown(mia.told()));
    let page = house.engine.page("https://acme.example/2", "").unwrap();
    house.submit(&mia, Command::ViewPage(page)).unwrap();
    assert!(is_shown(mia.told()));
    house.whole();
}

#[test]
fn a_policy_is_its_own_tenants() {
    let house = House::new();
    let globex = Policy::new(read(&house, &house.agent_as(Role::Admin, "boss"))).unwrap();
    let globex = house.engine.add_tenant(TenantId::new("globex").unwrap(), globex).unwrap();
    let boss = house.agent_as(Role::Admin, "boss");
    let mut draft = read(&house, &boss);
    draft.capacity_max = 9;
    replace(&house, &boss, draft, 1).unwrap();
    assert_eq!(house.engine.policy(globex).unwrap().capacity_max, 50);
    let ann = house.agent("ann");
    house.sign_on(&ann, 9).unwrap();
    assert_eq!(house.sign_on(&ann, 10), Err(Refusal::CapacityOutOfRange { max: 9 }));
    assert_eq!(house.set(&ann, Status::Online), Ok(Reply::Done));
}
