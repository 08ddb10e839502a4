//! What once went wrong, each under the name of what it did.

use std::sync::Arc;

use bytes::Bytes;
use frontdesk_desk::delivery::{CloseCause, Delivery, Status};
use frontdesk_desk::floor::When;
use frontdesk_desk::id::{
    AgentId, ClientMessageId, DepartmentId, SessionId, SiteId, TenantId, TenantNo, VisitorId,
};
use frontdesk_desk::message::Words;
use frontdesk_desk::policy::department::OfferMode;
use frontdesk_desk::policy::{Bot, Draft, Policy};
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::role::Role;
use frontdesk_desk::time::Now;
use frontdesk_engine::{
    AgentAttach, Ask, Attached, Command, Config, Departure, Engine, Link, LinkToken, Reader, Reply,
    ResumePoint, SetStatus, SignOn, VisitorAttach, journal,
};

const NOW: Now = Now { mono_ms: 1_000, wall_ms: 1_000_000 };

struct Small {
    engine: Engine,
    reader: Reader<Delivery>,
}

impl Small {
    fn new() -> Self {
        Self::by(|_| ())
    }

    fn by(rule: impl Fn(&mut Draft)) -> Self {
        let config = Config {
            visitor_shards: 2,
            session_shards: 2,
            links_max: 64,
            tenants_max: 2,
            ..Config::default()
        };
        let engine = Engine::new(config, [1; 32], Arc::new(journal::Memory::new(1_000)));
        for tenant in ["a", "b"] {
            let mut draft = Draft::new(
                vec![SiteId::new("www").unwrap()],
                vec![DepartmentId::new("sales").unwrap()],
            );
            rule(&mut draft);
            engine.add_tenant(TenantId::new(tenant).unwrap(), Policy::new(draft).unwrap()).unwrap();
        }
        let reader = engine.reader();
        Self { engine, reader }
    }

    fn agent(
        &self,
        tenant: u32,
        agent: &str,
        replaces: Option<LinkToken>,
        resume: Vec<ResumePoint>,
    ) -> Attached {
        let attach =
            AgentAttach { replaces, resume, ..AgentAttach::new(AgentId::new(agent).unwrap()) };
        self.engine.attach_agent(TenantNo(tenant), self.reader.outlet(), attach, NOW).unwrap()
    }

    fn online(&self, tenant: u32, agent: &str) -> Link {
        let link = self.agent(tenant, agent, None, vec![]).link;
        let departments = vec![DepartmentId::new("sales").unwrap()];
        self.does(link, Command::SignOn(SignOn::new(departments, None)));
        self.does(link, Command::SetStatus(SetStatus::now(Status::Online, "")));
        link
    }

    fn visitor(&self, tenant: u32, visitor: &str, resume: Option<ResumePoint>) -> Attached {
        let attach = VisitorAttach {
            site: SiteId::new("www").unwrap(),
            visitor: VisitorId::new(visitor).unwrap(),
            page: Some(self.engine.page("/", "").unwrap()),
            arrival: Default::default(),
            replaces: None,
            resume,
        };
        self.engine.attach_visitor(TenantNo(tenant), self.reader.outlet(), attach, NOW).unwrap()
    }

    fn does(&self, link: Link, command: Command) -> Reply {
        self.engine.submit(link, command, NOW).unwrap().reply
    }

    fn ask(&self, link: Link) -> SessionId {
        let department = DepartmentId::new("sales").unwrap();
        let ask = Command::Ask(Ask::of(department));
        let Reply::Asked(asked) = self.does(link, ask) else { panic!() };
        asked.session
    }

    fn say(&self, link: Link, session: SessionId, id: u8) {
        let words = Words::text(ClientMessageId([id; 16]), Bytes::from_static(b"word")).unwrap();
        self.does(link, Command::Say { session, words });
    }

    fn told(&mut self, link: Link) -> Vec<Delivery> {
        let mut told = Vec::new();
        self.reader.try_drain_all(|to, delivery| {
            if to == link.id {
                told.push(delivery);
            }
        });
        told
    }

    fn seen(&self, session: SessionId, seq: u64) -> ResumePoint {
        ResumePoint { session, epoch: self.engine.epoch(), seq }
    }
}

fn messages(told: &[Delivery], session: SessionId) -> Vec<u64> {
    let seqs = told.iter().filter_map(|delivery| match delivery {
        Delivery::Message { session: where_, seq, .. } if *where_ == session => Some(*seq),
        _ => None,
    });
    seqs.collect()
}

#[test]
fn an_agent_never_resumes_a_session_of_another_tenants_agent_of_the_same_number() {
    let mut world = Small::new();
    world.online(0, "ann");
    let visitor = world.visitor(0, "v", None).link;
    let session = world.ask(visitor);
    world.say(visitor, session, 1);
    let stranger = world.agent(1, "eve", None, vec![world.seen(session, 0)]).link;
    world.say(visitor, session, 2);
    assert_eq!(world.told(stranger), []);
    assert_eq!(world.engine.verify(NOW), Ok(()));
}

#[test]
fn a_status_for_later_comes_when_the_last_offer_is_gone_with_its_visitor_or_to_another_one() {
    let mut world = Small::by(|draft| {
        draft.departments[0].offers.mode = OfferMode::Asked { timeout_ms: 9_000, at_once: 2 };
    });
    let agents = ["ann", "bob"].map(|name| world.online(0, name));
    let later = SetStatus { when: When::AfterSessions, ..SetStatus::now(Status::Away, "") };
    let visitor = world.visitor(0, "v", None).link;
    let session = world.ask(visitor);
    world.does(agents[0], Command::SetStatus(later.clone()));
    world.does(visitor, Command::Close { session });
    assert_eq!(world.engine.counts(TenantNo(0)).agents_away, 1);

    world.does(agents[0], Command::SetStatus(SetStatus::now(Status::Online, "")));
    world.ask(visitor);
    let made = world.told(agents[1]).into_iter().rev().find_map(|told| match told {
        Delivery::OfferMade(view) => Some(view.offer),
        _ => None,
    });
    world.does(agents[0], Command::SetStatus(later));
    world.does(agents[1], Command::AcceptOffer { offer: made.unwrap() });
    assert_eq!(world.engine.counts(TenantNo(0)).agents_away, 1);
}

#[test]
fn an_agent_that_shows_the_token_of_anothers_link_does_not_end_it() {
    let mut world = Small::new();
    let visitor = world.visitor(0, "v", None);
    let other = world.agent(0, "ann", None, vec![]);
    for token in [visitor.token, other.token] {
        world.agent(0, "eve", Some(token), vec![]);
        world.agent(1, "eve", Some(token), vec![]);
    }
    assert_eq!(world.reader.try_drain_all(|_, _| ()), []);
}

#[test]
fn what_a_visitor_has_seen_of_one_session_hides_nothing_of_its_next_one() {
    let mut world = Small::new();
    let agent = world.online(0, "ann");
    let visitor = world.visitor(0, "v", None).link;
    let first = world.ask(visitor);
    for id in 1..=3 {
        world.say(visitor, first, id);
    }
    world.does(agent, Command::Close { session: first });
    let second = world.ask(visitor);
    for id in 4..=7 {
        world.say(visitor, second, id);
    }
    let resume = Some(world.seen(first, 2));
    let back = world.visitor(0, "v", resume).link;
    let told = world.told(back);
    assert_eq!(messages(&told, second), [1, 2, 3, 4]);
    assert_eq!(messages(&told, first), [3]);
    let ends = |delivery: &Delivery| matches!(delivery, Delivery::SessionClosed { session, cause: CloseCause::Agent, .. } if *session == first);
    assert!(told.iter().any(ends), "it reads the end of the one it was in");
}

#[test]
fn a_link_that_is_gone_does_not_begin_to_watch() {
    let world = Small::new();
    let link = world.agent(0, "ann", None, vec![]).link;
    world.engine.detach(link, Departure::Dropped, NOW);
    let watch = Command::WatchVisitors { query: Box::default(), rows: 10 };
    assert_eq!(world.engine.submit(link, watch, NOW), Err(Refusal::LinkGone));
}

#[test]
fn a_place_in_the_queue_is_not_shown_after_the_agent_or_the_end() {
    let mut world = Small::new();
    let visitor = world.visitor(0, "v", None).link;
    let session = world.ask(visitor);
    let agent = world.online(0, "ann");
    let is_place = |told: &Delivery| matches!(told, Delivery::QueuePosition { .. });
    assert!(!world.told(visitor).iter().any(is_place), "an unread place is void with the agent");
    world.does(agent, Command::SignOff { reason: "".into() });
    world.does(visitor, Command::Close { session });
    assert!(!world.told(visitor).iter().any(is_place), "an unread place is void with the end");
}

#[test]
fn an_unread_preview_is_not_shown_after_the_agent_has_lost_the_session() {
    let mut world = Small::new();
    let agent = world.online(0, "ann");
    let visitor = world.visitor(0, "v", None).link;
    let session = world.ask(visitor);
    world.does(visitor, Command::Preview { session, text: "secret".into() });
    world.does(agent, Command::SignOff { reason: "".into() });
    let shown =
        |told: &Delivery| matches!(told, Delivery::Preview { text, .. } if !text.is_empty());
    assert!(!world.told(agent).iter().any(shown), "it has left");
    let again = world.online(0, "ann");
    world.does(visitor, Command::Preview { session, text: "more".into() });
    world.does(visitor, Command::Close { session });
    assert!(!world.told(again).iter().any(shown), "it has ended");
}

/// A visitor's session that a supervisor, ann, has handed to a bot; a second bot is there.
fn handed_over() -> (Small, Link, [Link; 2], Link, SessionId) {
    let world = Small::by(|draft| {
        let bot = |id| Bot { id: AgentId::new(id).unwrap(), hidden: false, takes_transfers: true };
        draft.bots = ["robo", "other"].map(bot).to_vec();
    });
    let attach =
        AgentAttach { role: Role::Supervisor, ..AgentAttach::new(AgentId::new("ann").unwrap()) };
    let ann = world.engine.attach_agent(TenantNo(0), world.reader.outlet(), attach, NOW);
    let (ann, departments) = (ann.unwrap().link, vec![DepartmentId::new("sales").unwrap()]);
    world.does(ann, Command::SignOn(SignOn::new(departments, None)));
    world.does(ann, Command::SetStatus(SetStatus::now(Status::Online, "")));
    let visitor = world.visitor(0, "v", None).link;
    let session = world.ask(visitor);
    let bots = ["robo", "other"].map(|name| world.online(0, name));
    (world, ann, bots, visitor, session)
}

fn hand_to(world: &Small, link: Link, session: SessionId, bot: &str) {
    let bot = Some(AgentId::new(bot).unwrap());
    world.does(link, Command::HandOver { session, bot });
}

#[test]
fn who_was_typing_when_it_handed_over_does_not_type_for_ever() {
    let (mut world, ann, _, visitor, session) = handed_over();
    world.does(ann, Command::Preview { session, text: "let me see".into() });
    hand_to(&world, ann, session, "robo");
    world.does(ann, Command::Preview { session, text: "".into() });
    let typing = world.told(visitor).into_iter().rev().find_map(|told| match told {
        Delivery::Typing { typing, .. } => Some(typing),
        _ => None,
    });
    assert_ne!(typing, Some(true));
}

#[test]
fn a_bot_that_handed_a_session_on_says_and_is_told_nothing_more_there() {
    let (mut world, ann, [robo, _], visitor, session) = handed_over();
    hand_to(&world, ann, session, "robo");
    hand_to(&world, robo, session, "other");
    world.told(robo);
    world.say(visitor, session, 1);
    assert_eq!(world.told(robo), []);
    let words = Words::text(ClientMessageId([2; 16]), Bytes::from_static(b"late")).unwrap();
    let late = world.engine.submit(robo, Command::Say { session, words }, NOW);
    assert_eq!(late, Err(Refusal::NotInSession));
}

#[test]
fn who_handed_a_session_over_is_told_each_word_once_though_it_may_watch_others() {
    let (mut world, ann, _, visitor, session) = handed_over();
    hand_to(&world, ann, session, "robo");
    let watch = Command::WatchSession { resume: world.seen(session, 0) };
    assert_eq!(world.engine.submit(ann, watch, NOW), Err(Refusal::InSession));
    world.told(ann);
    world.say(visitor, session, 1);
    assert_eq!(messages(&world.told(ann), session), [1]);
}
