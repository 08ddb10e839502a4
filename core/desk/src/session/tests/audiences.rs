//! Who sees what: whispers, unseen participants, versions.

use super::*;
use std::sync::Arc;

use crate::message::{Audience, MessageKind};

const SUE: Person = Person::Agent(AgentNo(9));

impl World {
    /// Ann has it, Bob joined unseen, Sue joined as a supervisor, unseen too: numbers 2, 65,534 and 65,533.
    fn crowded() -> Self {
        let mut world = Self::active();
        for (person, id, class, link) in
            [(BOB, "bob", Class::Agent, BOBS), (SUE, "sue", Class::Supervisor, SUES)]
        {
            let (id, links) = (AgentId::new(id).unwrap(), SmallVec::from_slice(&[link]));
            world.session.joined(person, id, (class, false), links, &mut world.fx);
        }
        world.fx = Effects::new();
        world
    }

    fn says(&mut self, person: Person, link: LinkId, words: Words) -> Result<u64, Refusal> {
        let said = self.session.say(person, link, words, at(2), &mut self.fx);
        said.map(|said| said.seq)
    }
}

#[test]
fn a_whisper_is_told_to_its_audience_and_leaves_no_gap_to_others() {
    let mut world = World::crowded();
    assert_eq!(world.says(VISITOR, HOME, words(1, "hi")), Ok(1));
    assert_eq!(world.says(BOB, BOBS, words(1, "ask for the order").to(Audience::Agents)), Ok(2));
    assert_eq!(world.says(ANN, ANNS, words(1, "help").to(Audience::Supervisors)), Ok(3));
    assert_eq!(world.says(SUE, SUES, words(1, "stay calm").to(Audience::One(2))), Ok(4));
    assert_eq!(world.says(ANN, ANNS, words(2, "Hello!")), Ok(5));
    let told = world.told();
    let to = |link| told.iter().filter(move |(to, _)| *to == link).map(|(_, told)| &**told);
    assert!(to(HOME).eq(["2:2"]), "the visitor's second message");
    assert!(to(ANNS).eq(["1:1", "65534:2", "65533:4"]));
    assert!(to(BOBS).eq(["1:1", "2:3"]));
    assert!(to(SUES).eq(["1:1", "65534:2", "2:3", "2:5"]));
    let page = world.session.messages(BOB, BOBS, 1, 64, 1 << 20).unwrap();
    assert!(page.messages.iter().map(|(seq, message)| (*seq, message.place)).eq([
        (1, 1),
        (2, 2),
        (3, 5)
    ]));
    assert_eq!(page.last_seq, 3);
}

#[test]
fn who_comes_back_gets_exactly_what_it_may_see_after_its_own_number() {
    let mut world = World::crowded();
    for id in 1..=6 {
        let audience = if id % 2 == 0 { Audience::Agents } else { Audience::Everyone };
        world.says(ANN, ANNS, words(id, "x").to(audience)).unwrap();
    }
    world.told();
    let late = LinkId { slot: 9, generation: 1 };
    world.link_up(VISITOR, late, Some(1), 10);
    assert_eq!(world.told_to(late), ["opened as 1", "resumed 2..=3 true", "2:2", "2:3"]);
    let anns = LinkId { slot: 10, generation: 1 };
    world.link_up(ANN, anns, Some(4), 10);
    assert_eq!(world.told_to(anns), ["opened as 2", "resumed 5..=6 true", "2:5", "2:6"]);
}

#[test]
fn nobody_addresses_whom_it_may_not() {
    let mut world = World::crowded();
    let no = Err(Refusal::AudienceNotAllowed);
    for audience in [Audience::Agents, Audience::Supervisors, Audience::One(2)] {
        assert_eq!(world.says(VISITOR, HOME, words(1, "x").to(audience)), no);
    }
    assert_eq!(world.says(BOB, BOBS, words(1, "x")), no, "the visitor doesn't see Bob");
    for number in [0, 1, 2, 77] {
        assert_eq!(world.says(ANN, ANNS, words(1, "x").to(Audience::One(number))), no);
    }
    assert!(world.fx.is_empty());
}

#[test]
fn the_visitor_learns_nothing_of_who_is_unseen() {
    let mut world = World::crowded();
    world.says(VISITOR, HOME, words(1, "hi")).unwrap();
    world.told();
    world.session.acknowledge(BOB, BOBS, 1, 1, &mut world.fx).unwrap();
    world.preview(BOB, BOBS, "psst").unwrap();
    assert!(world.told().iter().all(|(link, _)| ![HOME, PHONE].contains(link)));
    let view = world.session.read(VISITOR, HOME).unwrap();
    assert!(view.participants.iter().map(|one| one.number).eq([1, 2]));
    world.session.left(BOB, &mut world.fx);
    let told = world.told();
    assert!(
        told.contains(&(ANNS, "left 65534".into())) && told.contains(&(BOBS, "left 65534".into()))
    );
    assert!(told.iter().all(|(link, _)| ![HOME, PHONE].contains(link)));
    world.step(SessionStep::OwnerLost(AgentNo(0)));
    world.told();
    world.assigned(7, "eve", LinkId { slot: 11, generation: 1 });
    assert!(world.told().contains(&(HOME, "joined 3".into())), "no number is left out");
}

#[test]
fn to_the_visitor_who_steps_back_has_left_and_says_nothing_new() {
    let mut world = World::crowded();
    let (ann, no) = (AgentNo(0), Err(Refusal::AudienceNotAllowed));
    let id = |byte| ClientMessageId([byte; 16]);
    world.says(ANN, ANNS, words(1, "40 yuan")).unwrap();
    world.session.acknowledge(ANN, ANNS, 1, 1, &mut world.fx).unwrap();
    world.session.guest_seen(ann, false, &mut world.fx);
    world.says(VISITOR, HOME, words(2, "hm")).unwrap();
    world.session.acknowledge(ANN, ANNS, 2, 2, &mut world.fx).unwrap();
    let view = world.session.read(VISITOR, HOME).unwrap();
    let anns = &view.participants[1];
    assert_eq!((anns.number, anns.present, anns.delivered, anns.read), (2, false, 1, 1));
    assert_eq!(world.says(ANN, ANNS, words(3, "45 yuan").instead_of(id(1))), no);
    assert_eq!(world.says(ANN, ANNS, Words::recall(id(4), id(1))), Ok(3), "it may take it back");
}

#[test]
fn receipts_are_told_in_the_readers_own_numbers() {
    let mut world = World::crowded();
    world.says(VISITOR, HOME, words(1, "x")).unwrap();
    world.says(SUE, SUES, words(1, "x").to(Audience::Agents)).unwrap();
    world.says(ANN, ANNS, words(1, "x")).unwrap();
    world.told();
    world.session.acknowledge(VISITOR, HOME, 2, 0, &mut world.fx).unwrap();
    assert_eq!(world.told_to(ANNS), ["receipt 1 3 0"], "the visitor's second is Ann's third");
    world.session.acknowledge(ANN, ANNS, 1, 1, &mut world.fx).unwrap();
    assert_eq!(world.told_to(HOME), ["receipt 2 1 1"]);
    world.session.acknowledge(ANN, ANNS, 2, 2, &mut world.fx).unwrap();
    let told = world.told();
    assert!(
        told.iter().all(|(link, _)| ![HOME, PHONE].contains(link)),
        "none of a whisper: {told:?}"
    );
    assert!(told.contains(&(SUES, "receipt 2 2 2".into())));
    let beyond = world.session.acknowledge(VISITOR, HOME, 3, 0, &mut world.fx);
    assert_eq!(beyond, Err(Refusal::BeyondEnd { last_seq: 2 }));
}

#[test]
fn another_version_has_a_place_of_its_own_and_goes_where_the_message_went() {
    let mut world = World::crowded();
    let id = |byte| ClientMessageId([byte; 16]);
    world.says(ANN, ANNS, words(1, "whom").to(Audience::Agents)).unwrap();
    world.says(ANN, ANNS, words(2, "40 yuan")).unwrap();
    world.told();
    assert_eq!(world.says(ANN, ANNS, words(3, "who").instead_of(id(1))), Ok(3));
    assert_eq!(world.says(ANN, ANNS, words(4, "45 yuan").instead_of(id(2))), Ok(4));
    let told = world.told();
    let homes = told.iter().filter(|(to, _)| *to == HOME).map(|(_, told)| &**told);
    assert!(homes.eq(["2:2"]), "the visitor is told of its own message only");
    let again = world.says(ANN, ANNS, words(4, "45 yuan").instead_of(id(2)));
    assert_eq!((again, world.told().len()), (Ok(4), 0));
    let late = world.session.say(
        ANN,
        ANNS,
        words(5, "50 yuan").instead_of(id(2)),
        at(2 + 120_001),
        &mut world.fx,
    );
    assert!(matches!(late, Err(Refusal::EditTooLate { .. })));
    let other = Words::new(id(6), MessageKind::Emoji, "smile".into()).unwrap().instead_of(id(2));
    assert_eq!(world.says(ANN, ANNS, other), Err(Refusal::OtherKind));
    for of in [id(4), id(99)] {
        let none = world.says(ANN, ANNS, words(6, "x").instead_of(of));
        assert_eq!(none, Err(Refusal::MessageNotFound));
    }
    let others = world.says(BOB, BOBS, words(6, "x").instead_of(id(2)));
    assert_eq!(others, Err(Refusal::MessageNotFound), "it isn't Bob's");
}

#[test]
fn what_is_taken_back_is_brought_to_nobody_any_more() {
    let mut world = World::crowded();
    let id = |byte| ClientMessageId([byte; 16]);
    world.says(VISITOR, HOME, words(1, "my password")).unwrap();
    world.says(VISITOR, HOME, words(2, "my pass word").instead_of(id(1))).unwrap();
    world.told();
    assert_eq!(world.says(VISITOR, HOME, Words::recall(id(3), id(1))), Ok(3));
    assert_eq!(world.told_to(ANNS), ["1:3"]);
    assert_eq!(world.says(VISITOR, HOME, Words::recall(id(3), id(1))), Ok(3), "said again");
    assert_eq!(world.says(VISITOR, HOME, words(1, "my password")), Ok(1), "a late copy of it");
    assert_eq!(world.told(), []);
    let page = world.session.messages(ANN, ANNS, 1, 64, 1 << 20).unwrap();
    let gone = |message: &Message| {
        message.words.kind == MessageKind::Recalled && message.words.body().is_empty()
    };
    assert!(page.messages.len() == 3 && page.messages.iter().all(|(_, message)| gone(message)));
    let twice = world.says(VISITOR, HOME, Words::recall(id(4), id(1)));
    assert_eq!(twice, Err(Refusal::MessageRecalled));
}

#[test]
fn what_the_visitor_types_is_shown_while_it_lets_it_be_seen() {
    let mut world = World::active();
    world.preview(VISITOR, HOME, "he").unwrap();
    world.told();
    world.session.allow_previews(VISITOR, PHONE, false, &mut world.fx).unwrap();
    assert_eq!(world.told(), [(ANNS, "preview \"\"".into())], "what was shown goes at once");
    assert_eq!(world.preview(VISITOR, HOME, "hell"), Err(Refusal::PreviewOff));
    world.session.allow_previews(VISITOR, HOME, true, &mut world.fx).unwrap();
    world.preview(VISITOR, HOME, "hello").unwrap();
    assert_eq!(world.told(), [(ANNS, "preview \"hello\"".into())]);
}

#[test]
fn where_the_policy_asks_for_consent_nothing_is_shown_before_it() {
    let mut world = World::active();
    let shows = |world: &mut World, previews| {
        let text = (Arc::<str>::from("hm"), previews);
        world.typed_ms += PREVIEW_GAP_MS;
        world.session.preview(VISITOR, HOME, text, at(world.typed_ms), &mut world.fx)
    };
    assert_eq!(shows(&mut world, Previews::Consented), Err(Refusal::PreviewOff));
    world.session.allow_previews(VISITOR, HOME, true, &mut world.fx).unwrap();
    assert_eq!(shows(&mut world, Previews::Consented), Ok(()));
    assert_eq!(world.told_to(ANNS), ["preview \"hm\""]);
    assert_eq!(shows(&mut world, Previews::Off), Err(Refusal::PreviewOff));
}

#[test]
fn what_is_typed_too_fast_is_shown_when_it_is_due() {
    let mut world = World::active();
    world.preview(VISITOR, HOME, "h").unwrap();
    world.preview_at(VISITOR, PHONE, "he", 50).unwrap();
    world.preview_at(VISITOR, HOME, "hel", 50).unwrap();
    assert_eq!(world.told_to(ANNS), ["preview \"h\""]);
    let due_mono_ms = world.session.typed.deadline().unwrap();
    assert_eq!(due_mono_ms, 2 * PREVIEW_GAP_MS);
    world.session.expire(at(due_mono_ms), &mut world.fx);
    assert_eq!(world.told_to(ANNS), ["preview \"hel\""]);
    assert_eq!(world.session.typed.deadline(), None);
    world.preview_at(VISITOR, HOME, "hell", 101).unwrap();
    world.say(VISITOR, HOME, 1).unwrap();
    assert_eq!(world.told_to(ANNS), ["1:1", "preview \"\""], "what was said isn't typed any more");
    assert_eq!(world.session.typed.deadline(), None);
}
