//! Row Q7: agents are asked before they get a session. Capacity is held from the offer on and given back once; each part ends typed.

use frontdesk::desk::crossing::HowAssigned;
use frontdesk::desk::delivery::{Delivery, OfferOutcome, Status};
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{OfferId, SessionId};
use frontdesk::desk::policy::department::OfferMode;
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Command, Departure, Reply};

use crate::house::{House, Seat, offers, outcomes};

const TIMEOUT_MS: u64 = 20_000;
const BACK_OFF_MS: u64 = 30_000;

/// A company whose sales agents are asked, so many at once.
fn asks(at_once: u8) -> House {
    House::ruled(|draft| {
        let offers = &mut draft.departments[0].offers;
        offers.mode = OfferMode::Asked { timeout_ms: TIMEOUT_MS, at_once };
        (offers.declined_max, offers.missed_max) = (2, 2);
    })
}

fn accept(house: &House, agent: &Seat, offer: OfferId) -> Result<SessionId, Refusal> {
    match house.submit(agent, Command::AcceptOffer { offer })? {
        Reply::Got(session) => Ok(session),
        other => panic!("{other:?} is no answer to an acceptance"),
    }
}

fn decline(house: &House, agent: &Seat, offer: OfferId) -> Result<Reply, Refusal> {
    house.submit(agent, Command::DeclineOffer { offer })
}

/// Waiting, offered, with agents.
fn places(house: &House) -> (u64, u64, u64) {
    house.whole();
    let counts = house.engine.counts(house.tenant);
    (counts.waiting, counts.offered, counts.sessions)
}

#[test]
fn an_offer_holds_the_slot_and_its_acceptance_brings_the_session_once() {
    let house = asks(1);
    let mut ann = house.online("ann", 1);
    let (visitor, next) = (house.visitor("v"), house.visitor("w"));
    let session = house.ask(&visitor);
    house.ask(&next);
    assert_eq!(places(&house), (1, 1, 0), "the only slot is held by the offer");
    let told = ann.told();
    let [offer] = &offers(&told)[..] else { panic!("{told:?}") };
    assert_eq!((offer.session, offer.visitor.as_str()), (session, "v"));
    assert_eq!(offer.until_wall_ms, house.now.wall_ms + TIMEOUT_MS);
    assert!(!told.iter().any(|told| matches!(told, Delivery::SessionOpened(_))), "not yet its own");

    for _ in 0..2 {
        assert_eq!(accept(&house, &ann, offer.offer), Ok(session), "again, it is told the same");
    }
    assert_eq!(places(&house), (1, 0, 1));
    let told = ann.told();
    assert_eq!(outcomes(&told), [OfferOutcome::Accepted], "once");
    assert!(told.iter().any(|told| matches!(told, Delivery::SessionOpened(_))));
    let declined = decline(&house, &ann, offer.offer);
    assert_eq!(declined, Err(Refusal::OfferEnded(OfferOutcome::Accepted)));
    let facts = house.facts();
    let accepted = facts
        .iter()
        .filter(|fact| matches!(fact, Event::SessionAssigned { how: HowAssigned::Accepted, .. }));
    assert_eq!(accepted.count(), 1);
}

#[test]
fn a_declined_offer_goes_to_the_next_and_comes_again_after_the_back_off() {
    let mut house = asks(1);
    let (mut ann, mut bob) = (house.online("ann", 1), house.online("bob", 1));
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let first = offers(&ann.told()).pop().expect("ann signed on first");
    for _ in 0..2 {
        assert_eq!(decline(&house, &ann, first.offer), Ok(Reply::Done));
    }
    assert_eq!(outcomes(&ann.told()), [OfferOutcome::Declined]);
    let second = offers(&bob.told()).pop().expect("bob is next");
    assert_eq!((second.session, places(&house)), (session, (0, 1, 0)));
    decline(&house, &bob, second.offer).unwrap();
    assert_eq!(places(&house), (1, 0, 0), "both have declined");
    let accepted = accept(&house, &ann, first.offer);
    assert_eq!(accepted, Err(Refusal::OfferEnded(OfferOutcome::Declined)), "too late");

    house.wait(BACK_OFF_MS - 1);
    assert_eq!(places(&house), (1, 0, 0), "nobody is asked again before");
    house.wait(1);
    assert_eq!(places(&house), (0, 1, 0));
    let (again, others) = (offers(&ann.told()), offers(&bob.told()));
    assert_eq!(again.len() + others.len(), 1);
    let (agent, offer) = if again.is_empty() { (&bob, &others[0]) } else { (&ann, &again[0]) };
    assert_eq!(offer.asked_wall_ms, first.asked_wall_ms, "with the age it had");
    assert_eq!(accept(&house, agent, offer.offer), Ok(session));
}

#[test]
fn an_offer_that_nobody_answers_times_out_by_the_clock() {
    let mut house = asks(1);
    let mut ann = house.online("ann", 1);
    let visitor = house.visitor("v");
    house.ask(&visitor);
    let offer = offers(&ann.told())[0].offer;
    house.wait(TIMEOUT_MS - 1);
    assert_eq!((places(&house), ann.told()), ((0, 1, 0), vec![]));
    house.wait(1);
    assert_eq!(places(&house), (1, 0, 0), "it waits again");
    assert_eq!(outcomes(&ann.told()), [OfferOutcome::TimedOut]);
    for answer in [accept(&house, &ann, offer).map(Reply::Got), decline(&house, &ann, offer)] {
        assert_eq!(answer, Err(Refusal::OfferEnded(OfferOutcome::TimedOut)));
    }
}

#[test]
fn an_offer_is_shown_again_to_a_link_that_attaches_meanwhile_and_answered_through_it() {
    let mut house = asks(1);
    let mut desk = house.online("ann", 1);
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let offer = offers(&desk.told())[0].clone();
    house.wait(5_000);
    let mut phone = house.agent("ann");
    assert_eq!(offers(&phone.told()), std::slice::from_ref(&offer), "with the same end");
    assert_eq!(accept(&house, &phone, offer.offer), Ok(session));
    for seat in [&mut desk, &mut phone] {
        assert_eq!(outcomes(&seat.told()), [OfferOutcome::Accepted]);
    }
    let mut tablet = house.agent("ann");
    assert_eq!(offers(&tablet.told()), [], "it has ended");
    house.whole();
}

#[test]
fn of_two_asked_at_once_the_first_has_it_and_the_other_is_told_and_free() {
    let house = asks(2);
    let (mut ann, mut bob) = (house.online("ann", 1), house.online("bob", 1));
    let (visitor, next) = (house.visitor("v"), house.visitor("w"));
    let session = house.ask(&visitor);
    let offer = offers(&ann.told())[0].clone();
    assert_eq!(offers(&bob.told()), std::slice::from_ref(&offer), "one offer, made to both");
    house.ask(&next);
    assert_eq!(places(&house), (1, 1, 0), "each holds its slot for it");
    assert_eq!(accept(&house, &bob, offer.offer), Ok(session));
    let told = ann.told();
    assert_eq!(outcomes(&told), [OfferOutcome::LostRace]);
    assert_eq!(offers(&told).len(), 1, "its slot is free, for the next one");
    let late = accept(&house, &ann, offer.offer);
    assert_eq!(late, Err(Refusal::OfferEnded(OfferOutcome::LostRace)));
    assert_eq!(places(&house), (0, 1, 1));
}

#[test]
fn an_offer_ends_with_its_visitor_and_with_its_agents_readiness() {
    let mut house = asks(1);
    let mut ann = house.online("ann", 1);
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    house.submit(&visitor, Command::Close { session }).unwrap();
    assert_eq!(outcomes(&ann.told()), [OfferOutcome::VisitorGone]);
    house.ask(&visitor);
    house.set(&ann, Status::Busy).unwrap();
    assert_eq!(outcomes(&ann.told()), [OfferOutcome::Rescinded]);
    assert_eq!(places(&house), (1, 0, 0));
    house.set(&ann, Status::Online).unwrap();
    let offer = offers(&ann.told())[0].offer;
    house.engine.detach(ann.link, Departure::Dropped, house.now);
    assert_eq!(places(&house), (1, 0, 0), "nobody is there to answer");
    let ann = house.agent("ann");
    let answered = accept(&house, &ann, offer);
    assert_eq!(answered, Err(Refusal::OfferEnded(OfferOutcome::AgentGone)));
    house.wait(1);
    house.whole();
}

#[test]
fn an_offer_is_answered_by_those_who_are_asked_and_by_nobody_else() {
    let house = asks(1);
    let (mut ann, bob) = (house.online("ann", 1), house.online("bob", 1));
    let visitor = house.visitor("v");
    house.ask(&visitor);
    let offer = offers(&ann.told())[0].offer;
    for command in [Command::AcceptOffer { offer }, Command::DeclineOffer { offer }] {
        assert_eq!(house.submit(&bob, command.clone()), Err(Refusal::OfferNotFound));
        assert_eq!(house.submit(&visitor, command), Err(Refusal::AgentsOnly));
    }
    assert_eq!(places(&house), (0, 1, 0), "nothing has changed");
}

// A7

#[test]
fn so_many_declined_or_missed_in_a_row_set_the_agent_away_by_their_cause() {
    let mut house = asks(1);
    let mut ann = house.online("ann", 1);
    let visitor = house.visitor("v");
    house.ask(&visitor);
    let reasons = |told: &[Delivery]| -> Vec<String> {
        let reasons = told.iter().filter_map(|delivery| match delivery {
            Delivery::StatusChanged { status: Status::Away, reason, .. } => {
                Some(reason.to_string())
            }
            _ => None,
        });
        reasons.collect()
    };
    let offer = offers(&ann.told())[0].offer;
    decline(&house, &ann, offer).unwrap();
    house.wait(BACK_OFF_MS);
    let told = ann.told();
    assert_eq!(reasons(&told), [""; 0], "one is not too many");
    decline(&house, &ann, offers(&told)[0].offer).unwrap();
    assert_eq!(reasons(&ann.told()), ["declined offers"]);
    house.wait(BACK_OFF_MS);
    assert_eq!(places(&house), (1, 0, 0), "nobody is asked who is away");

    house.set(&ann, Status::Online).unwrap();
    house.wait(TIMEOUT_MS);
    house.wait(BACK_OFF_MS);
    house.wait(TIMEOUT_MS);
    let told = ann.told();
    let two = [OfferOutcome::TimedOut, OfferOutcome::TimedOut];
    assert_eq!((outcomes(&told), reasons(&told)), (two.to_vec(), vec!["missed offers".to_owned()]));
    house.whole();
}
