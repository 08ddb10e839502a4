mod audiences;
mod terms;

use bytes::Bytes;

use super::*;
use crate::chance::Chance;
use crate::crossing::{Assigned, HowAssigned, Replay};
use crate::id::{AgentId, ClientMessageId, DepartmentNo, SiteNo};
use crate::message::{Message, Words};
use crate::policy::Previews;
use crate::policy::masks::MaskRules;
use crate::wish::Wish;

const ME: VisitorRef = VisitorRef { shard: 0, slot: 0, generation: 1 };
const VISITOR: Person = Person::Visitor(ME);
const ANN: Person = Person::Agent(AgentNo(0));
const BOB: Person = Person::Agent(AgentNo(1));
const HOME: LinkId = LinkId { slot: 1, generation: 1 };
const PHONE: LinkId = LinkId { slot: 2, generation: 1 };
const ANNS: LinkId = LinkId { slot: 3, generation: 1 };
const BOBS: LinkId = LinkId { slot: 4, generation: 1 };
const SUES: LinkId = LinkId { slot: 5, generation: 1 };
const TENANT: TenantNo = TenantNo(0);

fn at(ms: u64) -> Now {
    Now { mono_ms: ms, wall_ms: 1_000_000 + ms }
}

fn words(id: u8, text: &str) -> Words {
    Words::text(ClientMessageId([id; 16]), Bytes::copy_from_slice(text.as_bytes())).unwrap()
}

/// A session with what has followed from it since the last look.
struct World {
    session: Session,
    fx: Effects,
    typed_ms: u64,
}

impl World {
    fn waiting() -> Self {
        let request = Request {
            tenant: TENANT,
            visitor: ME,
            home: DepartmentNo(0),
            home_id: DepartmentId::new("sales").unwrap(),
            wish: Wish::for_department(VisitorId::new("v").unwrap(), SiteNo(0), DepartmentNo(0))
                .into(),
            begin: BeginCause::Visitor,
            claimed_by: None,
            asked: at(0),
            terms: SessionTerms::default(),
            form: Box::default(),
        };
        let mut fx = Effects::new();
        let id = SessionId::random(&mut Chance::seeded([1; 32]));
        let session = Session::open(id, request, &[HOME, PHONE], &mut fx);
        Self { session, fx, typed_ms: 0 }
    }

    fn active() -> Self {
        let mut world = Self::waiting();
        world.assigned(0, "ann", ANNS);
        world.fx = Effects::new();
        world
    }

    fn step(&mut self, step: SessionStep) {
        self.session.step(step, at(1), &mut self.fx);
    }

    fn assigned(&mut self, no: u32, id: &str, link: LinkId) {
        let (agent, agent_id) = (AgentNo(no), AgentId::new(id).unwrap());
        let links = SmallVec::from_slice(&[link]);
        let how = HowAssigned::Taken;
        let (policy_version, dormant_after_ms) = (1, 0);
        self.step(SessionStep::Assigned(Assigned {
            agent,
            agent_id,
            links,
            how,
            policy_version,
            dormant_after_ms,
            terms: SessionTerms::default(),
        }));
    }

    fn link_up(
        &mut self,
        person: Person,
        link: LinkId,
        after_seq: Option<u64>,
        messages_max: usize,
    ) {
        let replay = Replay { after_seq, messages_max, bytes_max: 1 << 20 };
        self.step(SessionStep::LinkUp { tenant: TENANT, person, link, replay });
    }

    fn say(&mut self, person: Person, link: LinkId, id: u8) -> Result<Said, Refusal> {
        self.session.say(person, link, words(id, "word"), at(2), &mut self.fx)
    }

    fn preview(&mut self, person: Person, link: LinkId, text: &str) -> Result<(), Refusal> {
        self.preview_at(person, link, text, 0)
    }

    /// The same so long after the one before; 0 for long enough to be shown at once.
    fn preview_at(
        &mut self,
        person: Person,
        link: LinkId,
        text: &str,
        gap_ms: u64,
    ) -> Result<(), Refusal> {
        self.typed_ms += if gap_ms == 0 { PREVIEW_GAP_MS } else { gap_ms };
        let text = masked(text, &MaskRules::default())?;
        let shown = (text, Previews::Shown);
        self.session.preview(person, link, shown, at(self.typed_ms), &mut self.fx)
    }

    /// What has followed, as (link, words), and forgets it.
    fn told(&mut self) -> Vec<(LinkId, String)> {
        let told = std::mem::take(&mut self.fx).deliveries;
        told.into_iter().map(|(link, delivery)| (link, in_words(&delivery))).collect()
    }

    fn told_to(&mut self, link: LinkId) -> Vec<String> {
        self.told().into_iter().filter(|(to, _)| *to == link).map(|(_, told)| told).collect()
    }
}

fn in_words(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Message { seq, message, .. } => format!("{}:{}", message.from, seq),
        Delivery::Preview { text, .. } => format!("preview {text:?}"),
        Delivery::Typing { from, typing, .. } => format!("typing {from} {typing}"),
        Delivery::Receipt { participant, delivered, read, .. } => {
            format!("receipt {participant} {delivered} {read}")
        }
        Delivery::SessionOpened(view) => format!("opened as {}", view.you),
        Delivery::Resumed { replay, .. } => {
            format!("resumed {}..={} {}", replay.from_seq, replay.to_seq, replay.complete)
        }
        Delivery::QueuePosition { position, .. } => format!("place {position}"),
        Delivery::ParticipantJoined { participant, .. } => format!("joined {}", participant.number),
        Delivery::ParticipantLeft { number, .. } => format!("left {number}"),
        Delivery::SessionClosed { cause, last_seq, valid, .. } => {
            format!("closed {cause:?} {last_seq} {valid}")
        }
        Delivery::WatchEnded { .. } => "watch ended".into(),
        Delivery::ReplyDue(due) => {
            let (agent, due_ms, first) = (&due.agent, due.due_wall_ms, due.is_first);
            format!("answer of {agent} due at {due_ms}, first {first}")
        }
        other => panic!("a session tells nobody {other:?}"),
    }
}

#[test]
fn a_session_waits_is_assigned_and_closed_and_tells_the_floor_and_the_visitor() {
    let mut world = World::waiting();
    assert_eq!(world.session.state(), SessionState::Waiting { position: 0 });
    assert!(matches!(world.fx.crossings[0], Crossing::ToFloor(TENANT, FloorStep::Enqueue { .. })));
    assert_eq!(world.told(), [(HOME, "opened as 1".into()), (PHONE, "opened as 1".into())]);
    world.step(SessionStep::Position { place: 7, estimate: None });
    assert_eq!(world.session.state(), SessionState::Waiting { position: 7 });
    world.assigned(0, "ann", ANNS);
    assert_eq!(world.session.owner(), Some(AgentNo(0)));
    assert_eq!(world.told_to(ANNS), ["opened as 2", "resumed 1..=0 true"]);
    world.session.close(ANN, ANNS, at(5), &mut world.fx).unwrap();
    assert_eq!(world.session.state(), SessionState::Closed(CloseCause::Agent));
    let [
        Crossing::ToFloor(TENANT, FloorStep::Ended(one)),
        Crossing::ToVisitor(ME, VisitorStep::SessionEnded { session: other, last: Some(last) }),
    ] = &world.fx.crossings[..]
    else {
        panic!("{:?}", world.fx.crossings)
    };
    assert_eq!((*one, *other), (world.session.id(), world.session.id()));
    assert_eq!((last.visitor.as_str(), last.agent), ("v", AgentNo(0)));
    let closed = |link| (link, "closed Agent 0 false".to_owned());
    assert_eq!(world.told(), [HOME, PHONE, ANNS].map(closed));
}

#[test]
fn words_have_one_order_and_their_speakers_link_is_not_told_them() {
    let mut world = World::active();
    assert_eq!(world.say(VISITOR, HOME, 1).unwrap().seq, 1);
    assert_eq!(world.say(ANN, ANNS, 1).unwrap().seq, 2);
    assert_eq!(world.say(VISITOR, PHONE, 2).unwrap().seq, 3);
    let told = world.told();
    let to = |link| told.iter().filter(move |(to, _)| *to == link).map(|(_, told)| &**told);
    assert!(to(HOME).eq(["2:2", "1:3"]));
    assert!(to(PHONE).eq(["1:1", "2:2"]));
    assert!(to(ANNS).eq(["1:1", "1:3"]));
}

#[test]
fn the_same_words_again_are_answered_and_not_said_even_after_the_end() {
    let mut world = World::active();
    let said = world.say(VISITOR, HOME, 1).unwrap();
    world.told();
    let again = world.session.say(VISITOR, PHONE, words(1, "word"), at(99), &mut world.fx).unwrap();
    assert_eq!(again, Said { duplicate: true, ..said });
    let other = world.session.say(VISITOR, HOME, words(1, "other"), at(99), &mut world.fx);
    assert_eq!(other, Err(Refusal::IdReused));
    assert!(world.fx.is_empty());
    world.step(SessionStep::VisitorGone(CloseCause::Visitor));
    assert_eq!(world.say(VISITOR, HOME, 1), Ok(Said { duplicate: true, ..said }));
    assert_eq!(world.say(VISITOR, HOME, 2), Err(Refusal::SessionClosed));
}

#[test]
fn a_preview_is_masked_and_shown_to_the_agent_alone_and_never_kept() {
    let mut world = World::active();
    world.preview(VISITOR, HOME, "card 6222 0212 3456 7890").unwrap();
    assert!(world.fx.facts.is_empty());
    assert_eq!(world.told(), [(ANNS, "preview \"card •••• •••• •••• ••••\"".into())]);
    world.preview(VISITOR, HOME, "card 6222 0212 3456 7890").unwrap();
    assert_eq!(world.told(), [], "nothing new is shown");
    let too_long = "x".repeat(PREVIEW_BYTES_MAX + 1);
    assert!(matches!(world.preview(VISITOR, HOME, &too_long), Err(Refusal::TooLong { .. })));
}

#[test]
fn saying_and_leaving_clear_what_was_being_typed() {
    let mut world = World::active();
    world.preview(VISITOR, HOME, "he").unwrap();
    world.told();
    world.say(VISITOR, HOME, 1).unwrap();
    assert_eq!(world.told_to(ANNS), ["1:1", "preview \"\""]);
    world.preview(VISITOR, HOME, "he").unwrap();
    world.told();
    world.step(SessionStep::LinkDown { person: VISITOR, link: HOME });
    assert_eq!(world.told(), [], "another of its links is there");
    world.step(SessionStep::LinkDown { person: VISITOR, link: PHONE });
    assert_eq!(world.told(), [(ANNS, "preview \"\"".into())]);
}

#[test]
fn a_preview_is_cleared_before_the_agent_leaves_and_before_the_end() {
    let mut world = World::active();
    world.preview(VISITOR, HOME, "he").unwrap();
    world.told();
    world.step(SessionStep::OwnerLost(AgentNo(0)));
    assert_eq!(world.told_to(ANNS), ["preview \"\"", "left 2"]);
    world.assigned(1, "bob", BOBS);
    assert_eq!(world.told_to(BOBS), ["opened as 3", "resumed 1..=0 true", "preview \"he\""]);
    world.session.close(VISITOR, HOME, at(5), &mut world.fx).unwrap();
    assert_eq!(world.told_to(BOBS), ["preview \"\"", "closed Visitor 0 false"]);
}

#[test]
fn an_agents_typing_is_shown_to_the_visitor_as_a_fact_without_text() {
    let mut world = World::active();
    world.preview(ANN, ANNS, "we can").unwrap();
    let typing = |typing| [HOME, PHONE].map(|link| (link, format!("typing 2 {typing}")));
    assert_eq!(world.told(), typing(true));
    world.link_up(VISITOR, LinkId { slot: 9, generation: 1 }, None, 10);
    assert_eq!(world.told().last().unwrap().1, "typing 2 true", "a new link sees it too");
    world.say(ANN, ANNS, 1).unwrap();
    assert_eq!(world.told_to(HOME), ["2:1", "typing 2 false"]);
}

#[test]
fn receipts_go_to_all_others_never_back_and_never_beyond_the_end() {
    let mut world = World::active();
    world.say(ANN, ANNS, 1).unwrap();
    world.say(ANN, ANNS, 2).unwrap();
    world.told();
    let acknowledge = |world: &mut World, delivered, read| {
        world.session.acknowledge(VISITOR, HOME, delivered, read, &mut world.fx)
    };
    acknowledge(&mut world, 1, 2).unwrap();
    let receipt = |link| (link, "receipt 1 2 2".to_owned());
    assert_eq!(world.told(), [PHONE, ANNS].map(receipt), "who has read it has received it");
    acknowledge(&mut world, 1, 1).unwrap();
    assert_eq!(world.told(), []);
    assert_eq!(acknowledge(&mut world, 3, 0), Err(Refusal::BeyondEnd { last_seq: 2 }));
    assert_eq!(world.session.read(ANN, ANNS).unwrap().participants[0].read, 2);
}

#[test]
fn a_resume_brings_what_is_missing_and_says_where_there_is_a_hole() {
    let mut world = World::active();
    for id in 1..=9 {
        world.say(ANN, ANNS, id).unwrap();
    }
    world.told();
    let late = LinkId { slot: 9, generation: 1 };
    world.link_up(VISITOR, late, Some(7), 100);
    assert_eq!(
        world.told(),
        ["opened as 1", "resumed 8..=9 true", "2:8", "2:9"].map(|told| (late, told.to_owned()))
    );
    world.link_up(VISITOR, late, Some(5), 1);
    assert_eq!(world.told_to(late), ["opened as 1", "resumed 9..=9 false", "2:9"]);
    world.link_up(VISITOR, late, Some(500), 100);
    assert_eq!(world.told_to(late), ["opened as 1", "resumed 10..=9 true"]);
    world.say(ANN, ANNS, 10).unwrap();
    assert_eq!(world.told_to(late), ["2:10"], "a link follows once, however often it came up");
}

#[test]
fn a_closed_session_brings_its_end_and_says_nothing_more() {
    let mut world = World::active();
    world.say(VISITOR, HOME, 1).unwrap();
    world.step(SessionStep::VisitorGone(CloseCause::VisitorLost));
    world.fx = Effects::new();
    world.link_up(ANN, ANNS, Some(0), 10);
    assert_eq!(
        world.told_to(ANNS),
        ["opened as 2", "resumed 1..=1 true", "1:1", "closed VisitorLost 1 true"]
    );
    assert_eq!(world.say(ANN, ANNS, 1), Err(Refusal::SessionClosed));
    assert_eq!(world.preview(ANN, ANNS, "x"), Err(Refusal::SessionClosed));
    assert_eq!(world.session.close(ANN, ANNS, at(9), &mut world.fx), Err(Refusal::SessionClosed));
    world.step(SessionStep::VisitorGone(CloseCause::Visitor));
    world.assigned(1, "bob", BOBS);
    world.step(SessionStep::Position { place: 3, estimate: None });
    assert!(world.fx.is_empty());
    assert_eq!(world.session.state(), SessionState::Closed(CloseCause::VisitorLost));
}

#[test]
fn a_link_that_follows_no_more_may_not_speak() {
    let mut world = World::active();
    world.step(SessionStep::LinkDown { person: VISITOR, link: PHONE });
    world.fx = Effects::new();
    assert_eq!(world.say(VISITOR, PHONE, 1), Err(Refusal::LinkGone));
    assert_eq!(world.preview(VISITOR, PHONE, "x"), Err(Refusal::LinkGone));
    let closed = world.session.close(VISITOR, PHONE, at(3), &mut world.fx);
    assert_eq!(closed, Err(Refusal::LinkGone));
    assert_eq!(world.say(BOB, BOBS, 1), Err(Refusal::NotInSession));
    assert!(world.fx.is_empty());
}

#[test]
fn an_agent_who_lost_the_session_is_told_nothing_more_and_comes_back_under_its_number() {
    let mut world = World::active();
    world.step(SessionStep::OwnerLost(AgentNo(0)));
    assert_eq!(world.session.state(), SessionState::Waiting { position: 0 });
    assert_eq!(world.told_to(ANNS), ["left 2"]);
    world.say(VISITOR, HOME, 1).unwrap();
    assert_eq!(world.told_to(ANNS), [""; 0]);
    world.link_up(ANN, ANNS, None, 10);
    assert_eq!(world.told_to(ANNS), [""; 0], "it may not read on");
    assert_eq!(world.session.read(ANN, ANNS), Err(Refusal::NotInSession));
    world.assigned(1, "bob", BOBS);
    world.step(SessionStep::OwnerLost(AgentNo(0)));
    assert_eq!(world.session.owner(), Some(AgentNo(1)), "a late word of the first owner");
    world.step(SessionStep::OwnerLost(AgentNo(1)));
    world.told();
    world.assigned(0, "ann", ANNS);
    assert_eq!(world.told_to(ANNS), ["opened as 2", "resumed 1..=1 true", "1:1"]);
}

#[test]
fn a_refused_request_closes_for_its_cause() {
    let mut world = World::waiting();
    world.told();
    world.step(SessionStep::Refused(CloseCause::QueueFull));
    assert_eq!(world.told_to(HOME), ["closed QueueFull 0 false"]);
}

#[test]
fn who_watches_is_told_what_the_participants_are_told_and_nothing_after_its_end() {
    let mut world = World::waiting();
    world.say(VISITOR, HOME, 1).unwrap();
    world.preview(VISITOR, HOME, "hm").unwrap();
    world.told();
    let replay = Replay { after_seq: None, messages_max: 9, bytes_max: 1 << 20 };
    world.step(SessionStep::Watch { link: SUES, replay, by: None });
    assert_eq!(world.told_to(SUES), ["opened as 0", "resumed 1..=1 true", "1:1", "preview \"hm\""]);
    world.step(SessionStep::Position { place: 3, estimate: None });
    world.assigned(0, "ann", ANNS);
    world.preview(ANN, ANNS, "oh").unwrap();
    assert_eq!(world.told_to(SUES), ["place 3", "joined 2", "typing 2 true"]);
    assert_eq!(world.say(Person::Agent(AgentNo(7)), SUES, 2), Err(Refusal::NotInSession));
    world.step(SessionStep::Unwatch(SUES));
    assert_eq!(world.told_to(SUES), ["watch ended", "preview \"\"", "typing 2 false"]);
    world.step(SessionStep::Unwatch(SUES));
    world.say(ANN, ANNS, 3).unwrap();
    world.session.close(ANN, ANNS, at(5), &mut world.fx).unwrap();
    assert_eq!(world.told_to(SUES), [""; 0]);
    world.step(SessionStep::Watch { link: SUES, replay, by: None });
    let told = world.told_to(SUES);
    assert_eq!(told.last().unwrap(), "closed Agent 2 true", "it ended on the way: {told:?}");
    assert_eq!(world.session.observers(), []);
}
