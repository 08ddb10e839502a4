//! Row Q14 over the wire: an admin reads the policy and puts another one in force, which outlives the broker.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::kept::{FOLDER, KeptPolicies};
use frontdesk::broker::token::{Role, mint};
use frontdesk::broker::{BindError, Broker};
use frontdesk::desk::fact::{Event as Fact, Fact as Kept};
use frontdesk::desk::id::{AgentId, DepartmentId, SiteId, TenantId};
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::engine::journal::{Full, Journal, Memory, Position};
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, Code, SessionState, policy as part};

use crate::house::{House, assert_refused};
use crate::wire::{Client, Lane, arrives};

fn acme() -> TenantId {
    TenantId::new("acme").unwrap()
}

/// An admin's own connection, attached as link 1 of a lane.
async fn admin(house: &House) -> (Client, Lane) {
    let client = house.client("acme", Role::Admin, "boss").await;
    let mut lane = client.lane().await;
    lane.attach_agent(1, v1::AttachAgent::default()).await;
    (client, lane)
}

async fn read(lane: &mut Lane) -> v1::Policy {
    match lane.ask(1, Command::ReadPolicy(v1::ReadPolicy {})).await {
        Reply::Policy(policy) => *policy,
        other => panic!("no policy: {other:?}"),
    }
}

fn replacing(policy: v1::Policy, made_from: u64) -> Command {
    Command::ReplacePolicy(Box::new(v1::ReplacePolicy { policy: Some(policy), made_from }))
}

/// Puts a policy in force and says which version it has.
async fn replace(lane: &mut Lane, policy: v1::Policy, made_from: u64) -> u64 {
    match lane.ask(1, replacing(policy, made_from)).await {
        Reply::PolicyReplaced(replaced) => replaced.version,
        other => panic!("not replaced: {other:?}"),
    }
}

/// Takes the department `support` out.
fn without_support(policy: &mut v1::Policy) {
    policy.departments.retain(|department| department.id != "support");
}

fn in_force(house: &House) -> Draft {
    let engine = house.broker.engine();
    Draft::clone(&engine.policy(engine.tenant(&acme()).unwrap()).unwrap())
}

/// Another broker on the data of one that has ended, whose configuration has a policy of this version.
fn started_again(folder: &Path, version: u64) -> House {
    House::open_with(|config| {
        config.data_folder = folder.to_owned();
        let draft = Draft { version, ..Draft::clone(&config.tenants[0].policy) };
        config.tenants[0].policy = Policy::new(draft).unwrap();
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_an_admin_has_replaced_runs_after_a_restart() {
    let house = House::open();
    let (_admin, mut lane) = admin(&house).await;
    let mut policy = read(&mut lane).await;
    assert_eq!(policy.version, 1);
    policy.sites.push(part::Site { id: "shop".into(), style: String::new() });
    without_support(&mut policy);
    assert_eq!(replace(&mut lane, policy.clone(), 1).await, 2);
    let read_again = read(&mut lane).await;
    assert_eq!((read_again.version, &read_again.sites), (2, &policy.sites));
    let folder = house.keep_folder();
    drop((lane, house));

    let house = started_again(&folder, 1);
    let (_admin, mut lane) = admin(&house).await;
    assert_eq!(read(&mut lane).await, read_again, "its version is higher than the file's");
    let gateway = house.gateway().await;
    let shop = v1::AttachVisitor { site: "shop".into(), ..arrives("v-1") };
    gateway.lane().await.attach_visitor(1, shop).await;
    drop((gateway, lane, house));

    let house = started_again(&folder, 2);
    assert_eq!(in_force(&house).sites.len(), 2, "at the same version the admin's runs");
    drop(house);
    let house = started_again(&folder, 3);
    assert_eq!((in_force(&house).version, in_force(&house).sites.len()), (3, 1));
    let (_admin, mut lane) = admin(&house).await;
    assert_eq!(replace(&mut lane, policy, 3).await, 4, "from the configuration's it goes on");
    drop((lane, house));
    let kept = KeptPolicies::of(&folder).read(&acme()).unwrap();
    assert_eq!(kept.map(|kept| kept.version), Some(4));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replacement_does_to_those_who_wait_are_offered_and_are_in_session() {
    let house = House::open_ruled(|draft| {
        let mode = OfferMode::Asked { timeout_ms: 900_000, at_once: 1 };
        draft.departments[1].offers.mode = mode;
    });
    let (_admin, mut boss) = admin(&house).await;
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(11, "ann", "sales", 1).await;
    lane.work(12, "bob", "support", 1).await;
    for link in 1..=3 {
        lane.attach_visitor(link, arrives(&format!("v-{link}"))).await;
    }
    let held = lane.ask_for(1, "sales", None).await.session;
    assert_eq!(lane.opened(11).await.session, held);
    let offered = lane.ask_for(2, "support", None).await.session;
    let made = offer(&mut lane, 12).await;
    assert_eq!(made.session, offered);
    let queued = lane.ask_for(3, "support", None).await.session;

    let mut policy = read(&mut boss).await;
    without_support(&mut policy);
    policy.departments[0].waiting_max = 1;
    assert_eq!(replace(&mut boss, policy, 1).await, 2);

    let view = lane.read_session(1, &held).await;
    assert_eq!(view.state(), SessionState::Active, "in session: it goes on");
    lane.say(1, &held, "still there?").await;
    let why = why_waiting(&mut lane, &queued).await;
    let place = (why.department.as_str(), why.position, why.policy_version);
    assert_eq!(
        place,
        ("sales", 1, 2),
        "queued: it waits in the home department of its site's style"
    );
    assert!(why_waiting(&mut lane, &offered).await.offered, "offered: the offer stands");
    let accept = Command::AcceptOffer(v1::AcceptOffer { offer: made.offer });
    assert_eq!(lane.ask(12, accept).await, Reply::Got(v1::Got { session: offered.clone() }));
    assert_eq!(lane.opened(12).await.session, offered, "also of a department that is gone");

    lane.attach_visitor(4, arrives("v-4")).await;
    let ask = Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() });
    assert_refused(&lane.refused(4, ask).await, Code::QueueFull, "department");
    lane.ask(1, Command::Close(v1::Close { session: held })).await;
    assert_eq!(lane.opened(11).await.session, queued, "and the one who waited is next");
    assert_eq!(house.counts("acme").sessions, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_on_a_site_that_is_gone_stays_and_nobody_new_comes() {
    let house = House::open_ruled(|draft| draft.sites.push(SiteId::new("shop").unwrap().into()));
    let (_admin, mut boss) = admin(&house).await;
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let shop = |visitor| v1::AttachVisitor { site: "shop".into(), ..arrives(visitor) };
    lane.attach_visitor(1, shop("v-1")).await;
    let mut policy = read(&mut boss).await;
    policy.sites.truncate(1);
    replace(&mut boss, policy, 1).await;
    lane.ask_for(1, "sales", Some("still here")).await;
    let attach = Command::AttachVisitor(Box::new(shop("v-2")));
    assert_refused(&lane.refused(2, attach).await, Code::UnknownSite, "site");
    assert_eq!(house.counts("acme").waiting, 1);
}

async fn offer(lane: &mut Lane, link: u32) -> v1::OfferMade {
    lane.event(link, "OfferMade", |event| match event {
        Event::OfferMade(made) => Some(made.clone()),
        _ => None,
    })
    .await
}

async fn why_waiting(lane: &mut Lane, session: &Bytes) -> v1::WhyWaiting {
    let ask = Command::AskWhyWaiting(v1::AskWhyWaiting { session: session.clone() });
    match lane.ask(11, ask).await {
        Reply::WhyWaiting(why) => why,
        other => panic!("no reason: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_with_faults_is_refused_whole_and_each_fault_is_named() {
    let house = House::open();
    let (_admin, mut lane) = admin(&house).await;
    let policy = read(&mut lane).await;
    let mut refused = async |change: &dyn Fn(&mut v1::Policy)| {
        let mut changed = policy.clone();
        change(&mut changed);
        lane.refused(1, replacing(changed, 1)).await
    };

    let told = refused(&|policy| {
        policy.departments[0].overflow = vec![part::Overflow { after_ms: 1, to: "moon".into() }];
        policy.departments[1].waiting_max = 0;
    })
    .await;
    assert_refused(&told, Code::BadPolicy, "policy");
    let paths: Vec<_> = told.faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["departments[0].overflow[0].to", "departments[1].waiting_max"]);
    assert_eq!(told.faults[0].fault, "no department is named \"moon\"");
    assert_eq!(told.more_faults, 0);

    let told = refused(&|policy| policy.departments[0].strategy = 0).await;
    assert_eq!(told.faults[0].path, "departments[0].strategy", "nothing is filled in");

    let told = refused(&|policy| {
        let twice = policy.sites[0].clone();
        policy.sites.extend(std::iter::repeat_n(twice, 100));
    })
    .await;
    assert_eq!((told.faults.len(), told.more_faults), (64, 36));

    let told = refused(&|policy| {
        let department = policy.departments[0].clone();
        let numbered = |n| part::Department { id: format!("d{n}"), ..department.clone() };
        policy.departments = (0..1_025).map(numbered).collect();
        policy.departments[7].waiting_max = 0;
    })
    .await;
    let paths: Vec<_> = told.faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["departments"], "one that is too long is looked at no further");

    let told = refused(&|policy| policy.visitors_max += 1).await;
    assert_eq!(told.faults[0].path, "visitors_max", "the operator's to say");
    assert!(told.faults[0].fault.contains("at most 10000000"), "{told:?}");

    let none = Command::ReplacePolicy(Box::default());
    assert_refused(&lane.refused(1, none).await, Code::MissingField, "policy");
    assert_eq!(in_force(&house).version, 1);
    assert!(KeptPolicies::of(&house.keep_folder()).read(&acme()).unwrap().is_none());
    std::fs::remove_dir_all(house.keep_folder()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_changes_made_from_one_policy_the_second_is_outdated_and_one_sent_twice_is_done_once()
 {
    let journal = Arc::new(Memory::new(1_000));
    let house = House::open_on(journal.clone(), |_| ());
    let (_first, mut lane) = admin(&house).await;
    let (_second, mut other) = admin(&house).await;
    let mut policy = read(&mut lane).await;
    policy.capacity_max = 7;
    assert_eq!(replace(&mut lane, policy.clone(), 1).await, 2);
    assert_eq!(replace(&mut other, policy.clone(), 1).await, 2, "its answer may have been lost");
    let mut late = policy.clone();
    late.capacity_max = 8;
    let refused = other.refused(1, replacing(late.clone(), 1)).await;
    assert_refused(&refused, Code::PolicyOutdated, "made_from");
    assert_eq!(in_force(&house).capacity_max, 7);
    let boss = AgentId::new("boss").unwrap();
    let facts = journal.read(Position(1), 1_000).into_iter().map(|(_, fact)| fact.event);
    let replaced = facts.filter(|event| matches!(event, Fact::PolicyReplaced { .. }));
    assert!(replaced.eq([Fact::PolicyReplaced { version: 2, by: Some(boss) }]), "done once");
    assert_eq!(replace(&mut other, late, 2).await, 3);
    let refused = lane.refused(1, replacing(policy, 1)).await;
    assert_refused(&refused, Code::PolicyOutdated, "made_from");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_admins_who_replace_one_policy_at_once_exactly_one_does() {
    let house = House::open();
    let mut lanes = Vec::new();
    for _ in 0..5 {
        lanes.push(admin(&house).await);
    }
    let policy = read(&mut lanes[0].1).await;
    let mut requests = Vec::new();
    for (capacity_max, (_, lane)) in (10..).zip(&mut lanes) {
        let changed = v1::Policy { capacity_max, ..policy.clone() };
        requests.push(lane.request(1, replacing(changed, 1)).await);
    }
    let mut put = Vec::new();
    for (capacity_max, ((_, lane), request)) in (10..).zip(lanes.iter_mut().zip(requests)) {
        match lane.answer(1, request).await {
            Reply::PolicyReplaced(replaced) => put.push((replaced.version, capacity_max)),
            Reply::Refused(refused) => assert_refused(&refused, Code::PolicyOutdated, "made_from"),
            other => panic!("{other:?}"),
        }
    }
    let now = in_force(&house);
    assert_eq!(put, [(now.version, now.capacity_max)]);
    let kept = KeptPolicies::of(&house.keep_folder()).read(&acme()).unwrap().unwrap();
    assert_eq!(Draft::clone(&kept), now, "and the same one is on the disk");
    std::fs::remove_dir_all(house.keep_folder()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_sends_a_few_policies_at_once_and_no_more() {
    let house = House::open();
    let (_admin, mut lane) = admin(&house).await;
    let policy = read(&mut lane).await;
    let mut requests = Vec::new();
    for _ in 0..20 {
        requests.push(lane.request(1, replacing(policy.clone(), 99)).await);
    }
    let mut codes = Vec::new();
    for request in requests {
        let Reply::Refused(refused) = lane.answer(1, request).await else { panic!("not refused") };
        if refused.code() == Code::RateLimited {
            assert_refused(&refused, Code::RateLimited, "policies");
            assert!(refused.retry_after_ms > 0, "{refused:?}");
        }
        codes.push(refused.code());
    }
    assert_eq!(codes[..5], [Code::PolicyOutdated; 5]);
    assert!(codes.contains(&Code::RateLimited), "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_for_admins_of_all_departments() {
    let house = House::open();
    let (_admin, mut lane) = admin(&house).await;
    let policy = read(&mut lane).await;
    for role in [Role::Agent, Role::Bot, Role::Supervisor, Role::Gateway] {
        let client = house.client("acme", role, "somebody").await;
        let mut lane = client.lane().await;
        let agent = if role == Role::Gateway { "somebody" } else { "" };
        let attach = v1::AttachAgent { agent: agent.into(), ..Default::default() };
        lane.attach_agent(1, attach).await;
        for command in [Command::ReadPolicy(v1::ReadPolicy {}), replacing(policy.clone(), 1)] {
            assert_refused(&lane.refused(1, command).await, Code::NotPermitted, "role admin");
        }
    }
    let mut narrow = house.grant("acme", Role::Admin, "narrow");
    narrow.departments = Some([DepartmentId::new("sales").unwrap()].into());
    let token = mint(&house.key, &narrow).unwrap();
    let Ok(client) = house.bare().await.hello(&token).await else { panic!("not welcome") };
    let mut lane = client.lane().await;
    lane.attach_agent(1, v1::AttachAgent::default()).await;
    for command in [Command::ReadPolicy(v1::ReadPolicy {}), replacing(policy, 1)] {
        assert_refused(&lane.refused(1, command).await, Code::NotPermitted, "role admin");
    }
    assert_eq!(in_force(&house).version, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_that_the_disk_does_not_take_is_refused_and_the_one_in_force_stays() {
    let house = House::open();
    let folder = house.keep_folder();
    std::fs::write(folder.join(FOLDER), "no folder").unwrap();
    let (_admin, mut lane) = admin(&house).await;
    let mut policy = read(&mut lane).await;
    policy.capacity_max = 7;
    let refused = lane.refused(1, replacing(policy.clone(), 1)).await;
    assert_refused(&refused, Code::NotKept, "policy");
    assert_eq!((in_force(&house).version, in_force(&house).capacity_max), (1, 50));
    assert_eq!(read(&mut lane).await.version, 1);

    std::fs::remove_file(folder.join(FOLDER)).unwrap();
    assert_eq!(replace(&mut lane, policy, 1).await, 2, "as soon as there is room");
    drop((lane, house));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A journal that is full after so many admissions.
#[derive(Debug)]
struct Tight {
    memory: Memory,
    admits: AtomicI64,
}

impl Journal for Tight {
    fn admit(&self) -> Result<(), Full> {
        if self.admits.fetch_sub(1, Ordering::Relaxed) > 0 { Ok(()) } else { Err(Full) }
    }

    fn append(&self, fact: Kept) -> Position {
        self.memory.append(fact)
    }

    fn end(&self) -> Position {
        self.memory.end()
    }

    fn committed(&self) -> Position {
        self.memory.committed()
    }

    fn poll_committed(&self, position: Position, cx: &mut Context<'_>) -> Poll<()> {
        self.memory.poll_committed(position, cx)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_engine_takes_no_more_is_not_kept_either() {
    let journal = Arc::new(Tight { memory: Memory::new(1_000), admits: AtomicI64::new(1_000) });
    let house = House::open_on(journal.clone(), |_| ());
    let kept = KeptPolicies::of(&house.keep_folder());
    let (_admin, mut lane) = admin(&house).await;
    let policy = read(&mut lane).await;
    // Room for the look at the policy, and none for the fact.
    journal.admits.store(1, Ordering::Relaxed);
    let refused = lane.refused(1, replacing(policy.clone(), 1)).await;
    assert_refused(&refused, Code::StorageFull, "");
    assert!(kept.read(&acme()).unwrap().is_none());

    journal.admits.store(1_000, Ordering::Relaxed);
    replace(&mut lane, policy.clone(), 1).await;
    journal.admits.store(1, Ordering::Relaxed);
    let changed = v1::Policy { capacity_max: 7, ..policy };
    lane.refused(1, replacing(changed, 2)).await;
    let there = kept.read(&acme()).unwrap().unwrap();
    assert_eq!((there.version, there.capacity_max), (2, 50), "what was kept before is again");
    assert_eq!(Draft::clone(&there), in_force(&house));
    std::fs::remove_dir_all(house.keep_folder()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_does_not_start_over_a_damaged_policy_and_says_which() {
    let house = House::open();
    let (_admin, mut lane) = admin(&house).await;
    let policy = read(&mut lane).await;
    replace(&mut lane, policy, 1).await;
    let folder = house.keep_folder();
    drop((lane, house));
    let file = KeptPolicies::of(&folder).file(&acme());
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();

    let key = frontdesk::broker::token::SigningKey::hs256("test-1", &[9; 32]).unwrap();
    let draft =
        Draft::new(vec![SiteId::new("www").unwrap()], vec![DepartmentId::new("sales").unwrap()]);
    let mut config = Config::embedded(&folder);
    config.listen.set_port(0);
    config.http = None;
    let policy = Policy::new(draft).unwrap();
    config.tenants = vec![Tenant { id: acme(), keys: vec![key.verifying().clone()], policy }];
    let started = Broker::bind(config.clone(), Arc::new(Memory::new(1_000)));
    let Err(BindError::Kept(fault)) = started else { panic!("it runs over a damaged file") };
    let said = fault.to_string();
    assert!(said.contains("acme") && said.contains(&file.display().to_string()), "{said}");
    assert!(said.contains("damaged") && said.contains("delete it"), "{said}");

    std::fs::remove_file(file).unwrap();
    let broker = Broker::bind(config, Arc::new(Memory::new(1_000))).unwrap();
    drop(broker);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_longer_than_a_frame_is_not_read_over_the_wire() {
    let house = House::open_ruled(|draft| {
        draft.departments = (0..1_024)
            .map(|n| {
                let mut department = draft.departments[0].clone();
                department.id = DepartmentId::new(&format!("{n:064}")).unwrap();
                department.name = "x".repeat(128).into();
                department
            })
            .collect();
    });
    let (_admin, mut lane) = admin(&house).await;
    let refused = lane.refused(1, Command::ReadPolicy(v1::ReadPolicy {})).await;
    assert_refused(&refused, Code::TooLong, "policy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_after_a_policy_is_decided_by_it() {
    let house = House::open();
    let (_admin, mut lane) = admin(&house).await;
    let mut policy = read(&mut lane).await;
    policy.capacity_max = 7;
    let replaced = lane.request(1, replacing(policy, 1)).await;
    let read = lane.request(1, Command::ReadPolicy(v1::ReadPolicy {})).await;
    let Reply::Policy(policy) = lane.answer(1, read).await else { panic!("no policy") };
    assert_eq!((policy.version, policy.capacity_max), (2, 7));
    let told = Some(Reply::PolicyReplaced(v1::PolicyReplaced { version: 2 }));
    assert_eq!(lane.answered_already(1, replaced), told);
}
