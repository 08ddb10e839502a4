//! Row Q14 over the wire: a configuration that is read again changes what holds, and nothing of what goes on is lost.

use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::identity::DEVELOPMENT_TENANT;
use frontdesk::broker::kept::{FOLDER, KeptPolicies};
use frontdesk::broker::token::{Bearer, Grant, Role, mint};
use frontdesk::broker::{NotAdded, NotReloaded};
use frontdesk::desk::id::{DepartmentId, SiteId, TenantId};
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::engine::NotReplaced;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::control_event::Event as ControlEvent;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code, SessionState};

use crate::house::{House, assert_refused, wall_ms};
use crate::wire::{Client, arrives};

fn draft(version: u64, sites: &[&str], departments: &[&str]) -> Draft {
    let sites = sites.iter().map(|id| SiteId::new(id).unwrap()).collect();
    let departments = departments.iter().map(|id| DepartmentId::new(id).unwrap()).collect();
    Draft { version, ..Draft::new(sites, departments) }
}

/// A configuration of these tenants, whose keys are the house's.
fn config(house: &House, tenants: &[(&str, Draft)]) -> Config {
    let mut config = Config::embedded("nowhere");
    config.tenants = tenants
        .iter()
        .map(|(id, draft)| Tenant {
            id: TenantId::new(id).unwrap(),
            keys: vec![house.key.verifying().clone()],
            policy: Policy::new(draft.clone()).unwrap(),
        })
        .collect();
    config
}

fn present(house: &House) -> u64 {
    let engine = house.broker.engine();
    let tenant = engine.tenant(&TenantId::new("acme").unwrap()).unwrap();
    engine.policy(tenant).unwrap().version
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_policy_ends_no_session_and_rehomes_who_waits() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.work(9, "anna", "sales", 1).await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let held = lane.ask_for(1, "sales", Some("hello")).await.session;
    assert_eq!(lane.opened(9).await.session, held);
    lane.attach_visitor(2, arrives("v-2")).await;
    let queued = lane.ask_for(2, "support", Some("help")).await.session;

    let second = draft(2, &["www", "shop"], &["sales", "billing"]);
    let reloaded = house.broker.reload(&config(&house, &[("acme", second)])).unwrap();
    assert_eq!(reloaded.replaced, [(TenantId::new("acme").unwrap(), 2)]);

    let view = lane.read_session(1, &held).await;
    assert_eq!(view.state(), SessionState::Active, "an agent keeps what it has");
    lane.say(1, &held, "still there?").await;
    let why = Command::AskWhyWaiting(v1::AskWhyWaiting { session: queued.clone() });
    match lane.ask(9, why).await {
        Reply::WhyWaiting(why) => {
            assert_eq!((why.department.as_str(), why.position), ("sales", 1), "support is gone");
            assert_eq!(why.policy_version, 2);
        }
        other => panic!("no reason: {other:?}"),
    }
    lane.attach_visitor(3, v1::AttachVisitor { site: "shop".into(), ..arrives("v-3") }).await;
    let ask = |department: &str| {
        Command::Ask(v1::Ask { department: department.into(), ..Default::default() })
    };
    let refused = lane.refused(3, ask("support")).await;
    assert_refused(&refused, Code::UnknownDepartment, "department");
    lane.ask_for(3, "billing", None).await;
    let sites = v1::ReadCounts { sites: vec!["shop".into(), "www".into()], ..Default::default() };
    match lane.ask(9, Command::ReadCounts(sites)).await {
        Reply::Counts(counts) => {
            let sites = counts.breakdown.unwrap_or_default().sites;
            let here: Vec<_> = sites.iter().map(|site| (site.name.as_str(), site.here)).collect();
            assert_eq!(here, [("shop", 1), ("www", 2)], "a site that came later counts too");
        }
        other => panic!("no counts: {other:?}"),
    }
    assert_eq!(
        lane.ask(9, Command::Close(v1::Close { session: held })).await,
        Reply::Done(v1::Done {})
    );
    assert_eq!(lane.opened(9).await.session, queued, "who waited is next, in its new department");
    assert_eq!(house.counts("acme").sessions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_without_a_higher_version_changes_nothing() {
    let house = House::open();
    let changed = draft(1, &["www", "shop"], &["sales"]);
    let reloaded = house.broker.reload(&config(&house, &[("acme", changed)])).unwrap();
    assert_eq!(reloaded.outdated, [TenantId::new("acme").unwrap()]);
    assert!(reloaded.replaced.is_empty());
    let same = house
        .broker
        .reload(&config(&house, &[("acme", draft(1, &["www"], &["sales", "support"]))]));
    assert!(same.unwrap().outdated.is_empty(), "what is in force already is not outdated");

    let acme = house.broker.engine().tenant(&TenantId::new("acme").unwrap()).unwrap();
    let replace = |draft, made_from| {
        house.broker.engine().replace_policy(acme, draft, made_from, house.broker.now())
    };
    let twice = replace(draft(2, &["www", "www"], &["sales"]), Some(1));
    assert!(matches!(&twice, Err(NotReplaced::Faults(faults)) if faults[0].path == "sites[1]"));
    let late = replace(draft(2, &["www"], &["sales"]), Some(7));
    assert_eq!(late, Err(NotReplaced::Outdated { present: 1 }));
    assert_eq!(present(&house), 1);

    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let shop = v1::AttachVisitor { site: "shop".into(), ..arrives("v-1") };
    let refused = lane.refused(1, Command::AttachVisitor(Box::new(shop))).await;
    assert_refused(&refused, Code::UnknownSite, "site");
}

fn usual() -> Draft {
    draft(1, &["www"], &["sales", "support"])
}

fn ids<const N: usize>(ids: [&str; N]) -> Vec<TenantId> {
    ids.map(|id| TenantId::new(id).unwrap()).into()
}

/// How a connection is told to go.
async fn told_to_go(client: &mut Client) -> Code {
    let ControlEvent::GoAway(go_away) = client.control.control_event().await else {
        panic!("something else than GoAway")
    };
    assert!(go_away.message.contains(' '), "{go_away:?}");
    assert_eq!(client.bare.closed().await.code, go_away.code());
    go_away.code()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_come_and_go_while_the_broker_runs() {
    let house = House::open();
    let mut acme = house.gateway().await;
    acme.lane().await.attach_visitor(1, arrives("v-1")).await;
    let globex = house.client("globex", Role::Gateway, "gw").await;
    let mut globex_lane = globex.lane().await;
    globex_lane.attach_visitor(1, arrives("v-1")).await;

    let named = config(&house, &[("globex", usual()), ("initech", usual())]);
    let reloaded = house.broker.reload(&named).unwrap();
    assert_eq!((reloaded.added, reloaded.removed), (ids(["initech"]), ids(["acme"])));
    let initech = house.client("initech", Role::Gateway, "gw").await;
    initech.lane().await.attach_visitor(1, arrives("v-1")).await;

    assert_eq!(told_to_go(&mut acme).await, Code::UnknownTenant);
    let token = house.token("acme", Role::Gateway, "gw");
    let refused = house.bare().await.hello(&token).await;
    let Err((go_away, _)) = refused else { panic!("acme is served") };
    assert_eq!(go_away.code(), Code::UnknownTenant);
    globex_lane.ask_for(1, "sales", None).await;
    assert!(house.broker.reload(&named).unwrap().removed.is_empty(), "once");

    let back = house.broker.reload(&config(&house, &[("acme", usual())])).unwrap();
    assert_eq!((back.added, back.removed), (ids(["acme"]), ids(["globex", "initech"])));
    house.gateway().await.lane().await.attach_visitor(2, arrives("v-2")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_tenant_that_is_gone_nobody_stays_who_was_connected() {
    let house = House::open();
    let (mut gateway, mut visitor) = (house.gateway().await, visitor(&house).await);
    let mut lane = gateway.lane().await;
    lane.work(9, "anna", "sales", 1).await;
    lane.attach_agent(8, v1::AttachAgent { agent: "bob".into(), ..Default::default() }).await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let session = lane.ask_for(1, "sales", Some("hello")).await.session;
    assert_eq!(lane.opened(9).await.session, session);
    let mut other = visitor.lane().await;
    other.attach_visitor(1, arrives("")).await;
    other.ask_for(1, "sales", None).await;
    let before = house.counts("acme");
    assert_eq!((before.visitors_here, before.sessions, before.waiting), (2, 1, 1));

    house.broker.reload(&config(&house, &[("globex", usual())])).unwrap();
    assert_eq!(told_to_go(&mut gateway).await, Code::UnknownTenant);
    assert_eq!(told_to_go(&mut visitor).await, Code::UnknownTenant);
    house
        .counts_become("nobody", |counts| {
            (counts.visitors_here, counts.visitors_away) == (0, 0)
                && (counts.sessions, counts.waiting, counts.agents_online) == (0, 0, 0)
        })
        .await;
    let acme = house.broker.engine().tenant(&TenantId::new("acme").unwrap()).unwrap();
    assert!(house.broker.engine().policy(acme).is_some(), "what it decided by stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_away_from_a_tenant_that_is_gone_goes_with_its_grace() {
    let house = House::open();
    let visitor = visitor(&house).await;
    let mut lane = visitor.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    lane.ask_for(1, "sales", None).await;
    visitor.close();
    house.counts_become("somebody away", |counts| counts.visitors_away == 1).await;
    house.broker.reload(&config(&house, &[("globex", usual())])).unwrap();
    assert_eq!(house.counts("acme").waiting, 1);
    house.broker.engine().tick(house.broker.now().after_ms(61_000));
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_away, counts.waiting), (0, 0));
}

async fn visitor(house: &House) -> Client {
    house.client("acme", Role::Visitor, "v-2").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_is_there_again_goes_on_with_its_policy() {
    let house = House::open();
    let second = draft(2, &["www", "shop"], &["sales"]);
    house.broker.reload(&config(&house, &[("acme", second)])).unwrap();
    house.broker.reload(&config(&house, &[("globex", usual())])).unwrap();
    let back = house.broker.reload(&config(&house, &[("acme", usual())])).unwrap();
    assert_eq!((back.added, back.outdated), (ids(["acme"]), ids(["acme"])));
    assert_eq!(present(&house), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_says_what_it_said_is_not_outdated_by_an_admins_policy() {
    let house = House::open();
    let replaced = draft(2, &["www", "shop"], &["sales"]);
    let acme = house.broker.engine().tenant(&TenantId::new("acme").unwrap()).unwrap();
    house.broker.engine().replace_policy(acme, replaced, Some(1), house.broker.now()).unwrap();
    let same = house.broker.reload(&config(&house, &[("acme", usual())])).unwrap();
    assert!(
        same.outdated.is_empty() && same.replaced.is_empty(),
        "keys may have changed: {same:?}"
    );
    let changed = config(&house, &[("acme", draft(2, &["www"], &["sales"]))]);
    assert_eq!(house.broker.reload(&changed).unwrap().outdated, ids(["acme"]));
    assert_eq!(present(&house), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_without_tenants_changes_nothing() {
    let house = House::open();
    let gateway = house.gateway().await;
    let none = house.broker.reload(&config(&house, &[]));
    assert!(matches!(none, Err(NotReloaded::NoTenants)), "{none:?}");
    gateway.lane().await.attach_visitor(1, arrives("v-1")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_of_the_development_tenant_serves_those_that_are_named_later_instead() {
    let house = House::open_with(|config| config.tenants.clear());
    let key = &house.broker.identity().development.as_ref().unwrap().key;
    let dev = TenantId::new(DEVELOPMENT_TENANT).unwrap();
    let bearer = Bearer::new(Role::Gateway, "gw").unwrap();
    let token = mint(key, &Grant::new(dev, bearer, wall_ms() + 60_000)).unwrap();
    let hello = async || house.bare().await.hello(&token).await;
    let Ok(mut client) = hello().await else { panic!("not welcome") };
    client.lane().await.attach_visitor(1, arrives("v-1")).await;

    let reloaded = house.broker.reload(&config(&house, &[("acme", usual())])).unwrap();
    let moved = (ids(["acme"]), ids([DEVELOPMENT_TENANT]));
    assert_eq!((reloaded.added, reloaded.removed), moved);
    assert_eq!(told_to_go(&mut client).await, Code::UnknownTenant);
    house.gateway().await.lane().await.attach_visitor(1, arrives("v-1")).await;
    let Err((go_away, _)) = hello().await else { panic!("it is still served") };
    assert_eq!(go_away.code(), Code::UnknownTenant);

    let back = house.broker.reload(&config(&house, &[])).unwrap();
    assert_eq!((back.removed, back.added), moved);
    assert!(hello().await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_whose_kept_policy_is_damaged_is_not_added_and_the_others_go_on() {
    let house = House::open_with(|config| config.tenants.truncate(1));
    let folder = house.keep_folder();
    let kept = KeptPolicies::of(&folder);
    let (globex, initech) = (&ids(["globex"])[0], &ids(["initech"])[0]);
    std::fs::create_dir_all(folder.join(FOLDER)).unwrap();
    for (tenant, file) in [(globex, "globex"), (initech, "initech")] {
        std::fs::write(kept.file(tenant), format!("{file} is no policy")).unwrap();
    }
    let named = [("acme", usual()), ("globex", usual())];
    let reloaded = house.broker.reload(&config(&house, &named)).unwrap();
    let [(id, NotAdded::Kept(fault))] = &reloaded.not_added[..] else { panic!("{reloaded:?}") };
    assert!(id == globex && fault.to_string().contains("damaged"), "{fault}");
    let token = house.token("globex", Role::Gateway, "gw");
    assert!(house.bare().await.hello(&token).await.is_err());

    std::fs::remove_file(kept.file(globex)).unwrap();
    assert_eq!(house.broker.reload(&config(&house, &named)).unwrap().added, ids(["globex"]));
    drop(house);
    std::fs::remove_dir_all(folder).unwrap();
}
