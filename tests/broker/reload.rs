//! Row Q14 over the wire: a configuration that is read again changes what holds, and nothing of what goes on is lost.

use frontdesk::broker::config::{Config, Tenant};
use frontdesk::broker::token::Role;
use frontdesk::desk::id::{DepartmentId, SiteId, TenantId};
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::engine::NotReplaced;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code, SessionState};

use crate::house::{House, assert_refused};
use crate::wire::arrives;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_come_and_go_while_the_broker_runs() {
    let house = House::open();
    let usual = || draft(1, &["www"], &["sales", "support"]);
    let acme = house.gateway().await;
    let mut acme_lane = acme.lane().await;
    acme_lane.attach_visitor(1, arrives("v-1")).await;

    let reloaded =
        house.broker.reload(&config(&house, &[("globex", usual()), ("initech", usual())]));
    assert_eq!(reloaded.unwrap().added, [TenantId::new("initech").unwrap()]);
    let initech = house.client("initech", Role::Gateway, "gw").await;
    initech.lane().await.attach_visitor(1, arrives("v-1")).await;

    let token = house.token("acme", Role::Gateway, "gw");
    let refused = house.bare().await.hello(&token).await;
    let Err((go_away, _)) = refused else { panic!("acme is served") };
    assert_eq!(go_away.code(), Code::UnknownTenant);
    acme_lane.ask_for(1, "sales", None).await;

    house.broker.reload(&config(&house, &[("acme", usual())])).unwrap();
    house.gateway().await.lane().await.attach_visitor(2, arrives("v-2")).await;
}
