//! What a session does by its terms when time goes on: words by themselves, idle close, answers that are due and late.

use super::*;
use crate::id::{SiteId, StyleId};
use crate::message::MessageKind;
use crate::policy::terms::{AutomaticWords, Terms};
use crate::policy::{Draft, Policy, Style};

/// Times in steps of ten, words for everything.
fn terms() -> Terms {
    let mut terms = Terms::default();
    (terms.idle_warning_ms, terms.idle_close_ms, terms.still_waiting_ms) = (50, 60, 20);
    terms.service.first_reply_ms = 30;
    terms.service.reply_ms = 40;
    terms.service.warn_before_ms = 10;
    terms.words = AutomaticWords {
        greeting: "welcome".into(),
        all_busy: "busy".into(),
        nobody_there: "asleep".into(),
        still_waiting: "still".into(),
        idle_warning: "there?".into(),
        farewell: "bye".into(),
    };
    terms
}

fn resolved(terms: Terms) -> SessionTerms {
    let department = DepartmentId::new("sales").unwrap();
    let mut draft = Draft::new(vec![SiteId::new("www").unwrap()], vec![department.clone()]);
    draft.terms = terms;
    draft.styles = vec![Style::new(StyleId::new("plain").unwrap(), department)];
    Policy::new(draft).unwrap().session_terms(DepartmentNo(0), SiteNo(0))
}

impl World {
    fn on(terms: Terms) -> Self {
        let mut world = Self::waiting();
        world.session.terms = resolved(terms);
        world.fx = Effects::new();
        world
    }

    /// An agent has it from then on, by the same terms.
    fn has_it(&mut self, no: u32, id: &str, link: LinkId, ms: u64) {
        let assigned = Assigned {
            agent: AgentNo(no),
            agent_id: AgentId::new(id).unwrap(),
            links: SmallVec::from_slice(&[link]),
            how: HowAssigned::Taken,
            policy_version: 1,
            dormant_after_ms: 0,
            terms: self.session.terms.clone(),
        };
        self.session.step(SessionStep::Assigned(assigned), at(ms), &mut self.fx);
    }

    fn says_at(&mut self, person: Person, link: LinkId, id: u8, ms: u64) {
        self.session.say(person, link, words(id, "word"), at(ms), &mut self.fx).unwrap();
    }

    /// Lets time go on to each deadline up to then; answers when there was one.
    fn until(&mut self, ms: u64) -> Vec<u64> {
        let mut dues = Vec::new();
        while let Some(due) = self.session.deadline().filter(|due| *due <= ms) {
            dues.push(due);
            self.session.expire(at(due), &mut self.fx);
            assert_ne!(self.session.deadline(), Some(due), "what is due is done once");
        }
        dues
    }

    /// The automatic words said so far.
    fn system(&self) -> Vec<String> {
        let said = self.fx.facts.iter().filter_map(|fact| match &fact.event {
            Event::Said { message, .. } if message.words.kind == MessageKind::System => {
                assert_eq!(message.from, 0);
                Some(String::from_utf8_lossy(message.words.body()).into_owned())
            }
            _ => None,
        });
        said.collect()
    }
}

#[test]
fn each_automatic_word_is_said_once_whatever_becomes_of_the_session() {
    let mut world = World::on(terms());
    world.step(SessionStep::Waits(Automatic::AllBusy));
    world.step(SessionStep::Waits(Automatic::NobodyThere));
    assert_eq!(world.until(19), []);
    assert_eq!(world.until(500), [20]);
    assert_eq!(world.system(), ["busy", "still"]);
    for round in 0..3 {
        let from = 1_000 * (round + 1);
        world.has_it(round as u32, "ann", ANNS, from);
        world.says_at(Person::Agent(AgentNo(round as u32)), ANNS, 1, from + 1);
        assert_eq!(world.until(from + 51), [from + 51]);
        let agent = AgentNo(round as u32);
        world.session.step(SessionStep::OwnerLost(agent), at(from + 55), &mut world.fx);
        world.step(SessionStep::Waits(Automatic::AllBusy));
        assert_eq!(world.until(from + 900), [from + 75], "it waits again");
    }
    world.has_it(9, "bob", BOBS, 9_000);
    let bob = Person::Agent(AgentNo(9));
    world.session.close(bob, BOBS, at(9_001), &mut world.fx).unwrap();
    assert_eq!(world.system(), ["busy", "still", "welcome", "there?", "bye"]);
    assert_eq!(world.session.deadline(), None);
    let last = world.told_to(HOME);
    assert_eq!(&last[last.len() - 2..], ["0:8", "closed Agent 8 false"]);
}

#[test]
fn nothing_is_said_by_itself_where_the_terms_have_no_words() {
    let words = AutomaticWords::default();
    let mut world = World::on(Terms { words, ..terms() });
    world.step(SessionStep::Waits(Automatic::NobodyThere));
    assert_eq!(world.session.deadline(), None, "there is nothing to say while it waits");
    world.has_it(0, "ann", ANNS, 100);
    world.says_at(ANN, ANNS, 1, 110);
    assert_eq!(world.until(1_000), [160, 170]);
    assert_eq!(world.system(), [""; 0]);
    assert_eq!(world.session.state(), SessionState::Closed(CloseCause::Idle));
}

#[test]
fn a_session_whose_visitor_says_nothing_is_warned_of_and_closed() {
    let mut world = World::on(terms());
    world.has_it(0, "ann", ANNS, 100);
    world.says_at(ANN, ANNS, 1, 105);
    assert_eq!(world.until(150), []);
    world.says_at(ANN, ANNS, 2, 150);
    assert_eq!(world.until(205), [200], "after its last word");
    world.says_at(VISITOR, HOME, 1, 205);
    world.says_at(ANN, ANNS, 3, 210);
    world.told();
    assert_eq!(world.until(400), [260, 270]);
    assert_eq!(world.session.state(), SessionState::Closed(CloseCause::Idle));
    let told = world.told_to(HOME);
    assert_eq!(told, ["0:7", "closed Idle 7 true"], "farewell, and it was warned once");
    let view = world.session.view(world.session.visitor_reader());
    assert_eq!(
        (view.assigned_wall_ms, view.first_reply_wall_ms, view.ended_wall_ms, view.valid),
        (1_000_100, 1_000_105, 1_000_270, true)
    );
}

#[test]
fn an_agent_that_gets_an_answered_session_owes_no_word_and_its_visitor_lies_idle_on() {
    let mut world = World::on(terms());
    world.has_it(0, "ann", ANNS, 100);
    world.says_at(ANN, ANNS, 1, 105);
    assert_eq!(world.until(155), [155], "warned");
    world.has_it(1, "bob", BOBS, 160);
    assert_eq!(world.until(1_000), [165], "closed, and not warned again");
    assert_eq!(world.session.state(), SessionState::Closed(CloseCause::Idle));

    let mut world = World::on(terms());
    world.has_it(0, "ann", ANNS, 100);
    world.says_at(ANN, ANNS, 1, 105);
    world.says_at(VISITOR, HOME, 1, 110);
    world.has_it(1, "bob", BOBS, 112);
    assert_eq!(world.until(1_000), [132, 142], "the visitor's word is unanswered");
    assert!(!world.session.is_closed());
}

#[test]
fn an_answer_that_is_due_is_told_and_one_that_is_late_is_kept_once_a_turn() {
    let mut world = World::on(terms());
    world.step(SessionStep::Watch {
        link: SUES,
        replay: Replay { after_seq: None, messages_max: 9, bytes_max: 999 },
        by: None,
    });
    world.has_it(0, "ann", ANNS, 100);
    world.told();
    assert_eq!(world.until(500), [120, 130]);
    let due = |link| (link, "answer of ann due at 1000130, first true".to_owned());
    assert_eq!(world.told(), [due(ANNS), due(SUES)]);

    world.says_at(VISITOR, HOME, 1, 520);
    assert_eq!(world.until(600), [], "its first word is late, and waited for still");
    world.says_at(ANN, ANNS, 1, 600);
    world.says_at(VISITOR, HOME, 2, 610);
    world.says_at(VISITOR, HOME, 3, 630);
    world.told();
    assert_eq!(world.until(645), [640], "since the first word that waits");
    world.says_at(ANN, ANNS, 2, 645);
    assert_eq!(world.until(690), []);
    world.says_at(VISITOR, HOME, 4, 690);
    assert_eq!(world.until(1_000), [720, 730]);
    let late = world.fx.facts.iter().filter_map(|fact| match &fact.event {
        Event::ReplyLate { is_first, limit_ms, .. } => Some((*is_first, *limit_ms)),
        _ => None,
    });
    assert!(late.eq([(false, 40)]), "the first one was forgotten with what was told");
    let dues = world.fx.crossings.iter();
    let dues = dues.filter(|crossing| {
        matches!(crossing, Crossing::ToFloor(_, FloorStep::ReplyDue(due)) if !due.is_first)
    });
    assert_eq!(dues.count(), 2);
}

#[test]
fn an_answer_only_agents_see_is_none_and_a_guests_is_one() {
    let mut world = World::on(terms());
    world.has_it(0, "ann", ANNS, 100);
    let id = AgentId::new("bob").unwrap();
    let links = SmallVec::from_slice(&[BOBS]);
    world.session.joined(BOB, id, (Class::Agent, true), links, &mut world.fx);
    let whisper = words(1, "psst").to(crate::message::Audience::Agents);
    world.session.say(ANN, ANNS, whisper, at(110), &mut world.fx).unwrap();
    assert_eq!(world.session.deadline(), Some(120), "the visitor has heard nothing");
    world.says_at(BOB, BOBS, 2, 115);
    assert_eq!(world.session.deadline(), Some(165), "it is the visitor's turn");
}
