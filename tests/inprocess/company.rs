//! Rows S3, S4, S5, A8 and what B3 has of them: a session is transferred, colleagues are invited to it, supervisors step in.

use frontdesk::desk::delivery::{
    Asking, Delivery, HandingEnded, HandingOutcome, OfferOutcome, OfferPurpose, SessionView, Status,
};
use frontdesk::desk::fact::{Act, Event};
use frontdesk::desk::floor::{GUESTS_MAX, HANDING_MS, NOTE_BYTES_MAX, Targets};
use frontdesk::desk::id::{AgentId, OfferId, SessionId};
use frontdesk::desk::message::{Audience, Class};
use frontdesk::desk::policy::{Bot, Draft};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{
    AgentAttach, Colleague, Command, Departure, InviteColleague, Reply, ResumePoint, Room,
    SetStatus, SignOn, TargetsQuery, Transfer,
};

use crate::house::{House, Seat, department, offers, outcomes};

fn named(id: &str) -> Colleague {
    Colleague::Agent(AgentId::new(id).unwrap())
}

fn of(id: &str) -> Colleague {
    Colleague::Department(department(id))
}

fn to(session: SessionId, to: Colleague) -> Transfer {
    Transfer { session, to, note: "".into(), waits: false, room: Room::Needed }
}

fn transfer(house: &House, seat: &Seat, transfer: Transfer) -> Result<Asking, Refusal> {
    match house.submit(seat, Command::Transfer(Box::new(transfer)))? {
        Reply::Asking(asking) => Ok(*asking),
        other => panic!("a transfer is answered {other:?}"),
    }
}

fn invite(
    house: &House,
    seat: &Seat,
    session: SessionId,
    whom: Colleague,
) -> Result<Asking, Refusal> {
    let invite = InviteColleague { session, whom, note: "".into(), is_seen: false };
    match house.submit(seat, Command::InviteColleague(Box::new(invite)))? {
        Reply::Asking(asking) => Ok(*asking),
        other => panic!("an invitation is answered {other:?}"),
    }
}

fn accept(house: &House, seat: &Seat, offer: Option<OfferId>) -> Result<Reply, Refusal> {
    house.submit(seat, Command::AcceptOffer { offer: offer.unwrap() })
}

fn close(house: &House, seat: &Seat, session: SessionId) -> Result<Reply, Refusal> {
    house.submit(seat, Command::Close { session })
}

/// How what an agent asked of colleagues ended, as it is told.
fn over(told: &[Delivery]) -> Vec<(HandingOutcome, Option<String>)> {
    let over = told.iter().filter_map(|delivery| match delivery {
        Delivery::HandingEnded(over) => {
            let HandingEnded { outcome, agent, .. } = &**over;
            Some((*outcome, agent.as_ref().map(ToString::to_string)))
        }
        _ => None,
    });
    over.collect()
}

/// Who comes and goes, as somebody is told.
fn moves(told: &[Delivery]) -> Vec<String> {
    let moves = told.iter().filter_map(|delivery| match delivery {
        Delivery::ParticipantJoined { participant, .. } => {
            Some(format!("{} joined", participant.number))
        }
        Delivery::ParticipantChanged { participant, .. } => {
            Some(format!("{} seen {}", participant.number, participant.is_seen))
        }
        Delivery::ParticipantLeft { number, .. } => Some(format!("{number} left")),
        _ => None,
    });
    moves.collect()
}

fn view(told: &[Delivery]) -> SessionView {
    let view = told.iter().find_map(|delivery| match delivery {
        Delivery::SessionOpened(view) => Some((**view).clone()),
        _ => None,
    });
    view.unwrap()
}

fn robot(draft: &mut Draft) {
    let id = AgentId::new("robot").unwrap();
    draft.bots = vec![Bot { id, hidden: false, takes_transfers: true }];
}

/// A visitor talks with ann; bob works for sales too.
fn talking(house: &mut House) -> (Seat, Seat, Seat, SessionId) {
    let ann = house.online("ann", 2);
    let mut visitor = house.visitor("v");
    let session = house.ask(&visitor);
    house.say(&visitor, session, "one");
    let bob = house.online("bob", 1);
    visitor.told();
    (visitor, ann, bob, session)
}

// S3

#[test]
fn a_session_passes_to_a_colleague_with_its_transcript_and_a_note_that_the_visitor_never_sees() {
    let mut house = House::new();
    let (mut visitor, mut ann, mut bob, session) = talking(&mut house);
    let wish = Transfer { note: "wants a refund".into(), ..to(session, named("bob")) };
    let asking = transfer(&house, &ann, wish).unwrap();
    assert_eq!(asking.until_wall_ms, house.now.wall_ms + HANDING_MS);
    let offer = offers(&bob.told()).remove(0);
    assert_eq!((offer.purpose, &*offer.note), (OfferPurpose::Transfer, "wants a refund"));
    assert_eq!(offer.from, Some(AgentId::new("ann").unwrap()));
    house.say(&ann, session, "a moment please");
    assert_eq!(house.holder(&bob, session).as_deref(), Some("ann"), "until it is accepted");
    house.whole();

    for _ in 0..2 {
        assert_eq!(accept(&house, &bob, asking.offer), Ok(Reply::Got(session)));
    }
    let said: Vec<_> = [(1, "one"), (2, "a moment please"), (3, "wants a refund")].into();
    let said: Vec<_> = said.into_iter().map(|(seq, text)| (seq, text.to_owned())).collect();
    assert_eq!(bob.messages(), said);
    let told = visitor.told();
    assert_eq!(moves(&told), ["2 left", "3 joined"]);
    assert!(!format!("{told:?}").contains("refund"));
    assert_eq!(over(&ann.told()), [(HandingOutcome::Accepted, Some("bob".into()))]);
    let late = house.words("one more thing");
    assert_eq!(house.say_words(&ann, session, late), Err(Refusal::NotInSession));
    assert_eq!(house.say(&bob, session, "hello"), 4);
    assert_eq!(visitor.messages(), [(3, "hello".to_owned())], "the visitor's numbers have no gap");
    assert_eq!(close(&house, &bob, session), Ok(Reply::Done));
    house.whole();
}

#[test]
fn a_transfer_that_nobody_takes_leaves_everything_as_it_was() {
    let mut house = House::new();
    let (mut visitor, mut ann, bob, session) = talking(&mut house);
    transfer(&house, &ann, to(session, named("bob"))).unwrap();
    house.wait(HANDING_MS);
    assert_eq!(over(&ann.told()), [(HandingOutcome::TimedOut, Some("bob".into()))]);
    let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
    let offer = asking.offer.unwrap();
    house.submit(&bob, Command::DeclineOffer { offer }).unwrap();
    let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
    house.submit(&ann, Command::WithdrawOffer { offer: asking.offer.unwrap() }).unwrap();
    let late = accept(&house, &bob, asking.offer);
    assert_eq!(late, Err(Refusal::OfferEnded(OfferOutcome::Withdrawn)));
    transfer(&house, &ann, to(session, named("bob"))).unwrap();
    house.engine.detach(bob.link, Departure::Dropped, house.now);
    let outcomes: Vec<_> = over(&ann.told()).into_iter().map(|(outcome, _)| outcome).collect();
    let expected = [HandingOutcome::Declined, HandingOutcome::Withdrawn, HandingOutcome::Gone];
    assert_eq!(outcomes, expected);
    assert_eq!(moves(&visitor.told()), [""; 0], "the visitor has noticed nothing");
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn a_department_is_asked_one_after_another_and_keeps_the_session_that_it_takes() {
    let mut house = House::new();
    let (_visitor, mut ann, _bob, session) = talking(&mut house);
    let support = SignOn::new([department("support")], Some(1));
    let mut cid = house.online_for(Role::Agent, "cid", support.clone());
    let mut dee = house.online_for(Role::Agent, "dee", support);
    let asking = transfer(&house, &ann, to(session, of("support"))).unwrap();
    assert_eq!(asking.agent, Some(AgentId::new("cid").unwrap()));
    let offer = asking.offer.unwrap();
    house.submit(&cid, Command::DeclineOffer { offer }).unwrap();
    assert_eq!(outcomes(&cid.told()), [OfferOutcome::Declined]);
    let next = ann.told().into_iter().find_map(|delivery| match delivery {
        Delivery::AskedNext(next) => next.agent,
        _ => None,
    });
    assert_eq!(next, Some(AgentId::new("dee").unwrap()));
    assert_eq!(accept(&house, &dee, asking.offer), Ok(Reply::Got(session)));
    assert_eq!(view(&dee.told()).department, department("support"));
    house.whole();
}

#[test]
fn one_that_waits_for_a_department_keeps_its_age_and_its_note() {
    let mut house = House::new();
    let (mut visitor, ann, _bob, session) = talking(&mut house);
    let nobody = transfer(&house, &ann, to(session, of("support")));
    assert_eq!(nobody, Err(Refusal::NobodyFree(department("support"))));
    let wish = Transfer { waits: true, note: "about heating".into(), ..to(session, of("support")) };
    let asking = transfer(&house, &ann, wish).unwrap();
    assert_eq!((asking.offer, asking.agent), (None, None));
    let told = visitor.told();
    assert_eq!(moves(&told), ["2 left"]);
    assert!(told.iter().any(|told| matches!(told, Delivery::QueuePosition { position: 1, .. })));
    house.whole();
    let sign_on = SignOn::new([department("support")], Some(1));
    let mut cid = house.online_for(Role::Agent, "cid", sign_on);
    assert_eq!(cid.messages(), [(1, "one".to_owned()), (2, "about heating".to_owned())]);
    house.whole();
}

#[test]
fn a_transfer_ends_with_the_agent_that_it_comes_from_and_with_its_session() {
    let mut house = House::new();
    let (visitor, ann, mut bob, session) = talking(&mut house);
    let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
    house.engine.detach(ann.link, Departure::Dropped, house.now);
    house.whole();
    assert_eq!(accept(&house, &bob, asking.offer), Ok(Reply::Got(session)), "in its grace");
    let ann = house.online("ann", 2);
    let asking = transfer(&house, &bob, to(session, named("ann"))).unwrap();
    house.submit(&visitor, Command::Close { session }).unwrap();
    let late = accept(&house, &ann, asking.offer);
    assert_eq!(late, Err(Refusal::OfferEnded(OfferOutcome::SessionEnded)));
    assert_eq!(over(&bob.told()), [(HandingOutcome::SessionEnded, None)]);
    house.whole();
}

#[test]
fn a_transfer_that_cannot_be_is_refused_by_its_reason_and_changes_nothing() {
    let mut house = House::ruled(|draft| {
        robot(draft);
        draft.terms.transfers_max = 1;
        draft.departments[0].colleagues = vec![department("sales")];
    });
    let (visitor, mut ann, bob, session) = talking(&mut house);
    let try_it = |seat: &Seat, wish| transfer(&house, seat, wish).map(drop);
    assert_eq!(try_it(&bob, to(session, named("ann"))), Err(Refusal::NotInSession));
    assert_eq!(try_it(&visitor, to(session, named("ann"))), Err(Refusal::AgentsOnly));
    assert_eq!(try_it(&ann, to(session, named("ann"))), Err(Refusal::ToOneself));
    let nobody = AgentId::new("nobody").unwrap();
    assert_eq!(try_it(&ann, to(session, named("nobody"))), Err(Refusal::UnknownAgent(nobody)));
    let support = Refusal::TargetOutOfReach(of("support"));
    assert_eq!(try_it(&ann, to(session, of("support"))), Err(support));
    let long = Transfer { note: "x".repeat(1_025).into(), ..to(session, named("bob")) };
    let too_long = Refusal::TooLong { field: "note", bytes_max: NOTE_BYTES_MAX };
    assert_eq!(try_it(&ann, long), Err(too_long));
    let over = Transfer { room: Room::Overridden, ..to(session, named("bob")) };
    assert_eq!(try_it(&ann, over), Err(Refusal::SupervisorsOnly));
    house.agent("robot");
    assert_eq!(try_it(&ann, to(session, named("robot"))), Err(Refusal::BotUnavailable));
    house.set(&bob, Status::Away).unwrap();
    let bobs = AgentId::new("bob").unwrap();
    assert_eq!(try_it(&ann, to(session, named("bob"))), Err(Refusal::AgentUnavailable(bobs)));
    house.set(&bob, Status::Busy).unwrap();
    let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
    assert_eq!(try_it(&ann, to(session, of("sales"))), Err(Refusal::TransferPending));
    accept(&house, &bob, asking.offer).unwrap();
    assert_eq!(try_it(&bob, to(session, named("ann"))), Err(Refusal::TooManyTransfers { max: 1 }));
    assert_eq!(house.holder(&ann, session).as_deref(), Some("bob"));
    ann.told();
    house.whole();
}

#[test]
fn only_a_supervisor_transfers_above_a_capacity() {
    let mut house = House::new();
    let (_visitor, _ann, bob, _) = talking(&mut house);
    let sue =
        house.online_for(Role::Supervisor, "sue", SignOn::new([department("support")], Some(2)));
    let (other, mine) = (house.visitor("w"), house.visitor("x"));
    house.ask(&other);
    let session = house.ask(&mine);
    house.submit(&sue, Command::TakeOver { session, room: Room::Needed }).unwrap();
    let asking = transfer(&house, &sue, to(session, named("bob")));
    let full = AgentId::new("bob").unwrap();
    assert_eq!(asking, Err(Refusal::ColleagueFull(full)));
    let wish = Transfer { room: Room::Overridden, ..to(session, named("bob")) };
    let asking = transfer(&house, &sue, wish).unwrap();
    assert_eq!(accept(&house, &bob, asking.offer), Ok(Reply::Got(session)));
    house.whole();
}

// S3, B3

#[test]
fn a_bot_transfers_to_people_and_says_nothing_more() {
    let mut house = House::ruled(robot);
    let (mut visitor, ann, bob, session) = talking(&mut house);
    let sign_on = SignOn::new([department("support")], Some(2));
    let robot = house.online_for(Role::Bot, "robot", sign_on);
    let asking = transfer(&house, &ann, to(session, named("robot"))).unwrap();
    assert_eq!((asking.offer, asking.agent), (None, Some(AgentId::new("robot").unwrap())));
    house.say(&robot, session, "how may I help");
    let asking = transfer(&house, &robot, to(session, of("sales"))).unwrap();
    house.say(&robot, session, "somebody comes");
    assert_eq!(asking.agent, Some(AgentId::new("bob").unwrap()), "who was idle longest");
    accept(&house, &bob, asking.offer).unwrap();
    let late = house.words("still here");
    assert_eq!(house.say_words(&robot, session, late), Err(Refusal::NotInSession));
    assert_eq!(moves(&visitor.told()).len(), 4);
    house.whole();
}

// S4

#[test]
fn agents_talk_among_themselves_unseen_and_make_it_a_conference() {
    let mut house = House::new();
    let (mut visitor, mut ann, mut bob, session) = talking(&mut house);
    ann.told();
    let asking = invite(&house, &ann, session, named("bob")).unwrap();
    let offer = offers(&bob.told()).remove(0);
    assert_eq!(offer.purpose, OfferPurpose::Join { is_seen: false });
    assert_eq!(accept(&house, &bob, asking.offer), Ok(Reply::Got(session)));
    let seen_by_bob = view(&bob.told());
    assert_eq!((seen_by_bob.you, seen_by_bob.participants.len()), (65_534, 3));
    assert_eq!(over(&ann.told()), [(HandingOutcome::Accepted, Some("bob".into()))]);
    house.whole();

    let whisper = house.words("he is difficult").to(Audience::Agents);
    house.say_words(&bob, session, whisper).unwrap();
    let aloud = house.words("hello");
    assert_eq!(house.say_words(&bob, session, aloud), Err(Refusal::AudienceNotAllowed));
    assert_eq!(ann.messages(), [(2, "he is difficult".to_owned())]);
    let told = visitor.told();
    assert!(told.is_empty(), "the visitor knows of nothing: {told:?}");
    let Reply::Session(view) = house.submit(&visitor, Command::ReadSession { session }).unwrap()
    else {
        panic!("no view")
    };
    assert_eq!((view.participants.len(), view.last_seq), (2, 1));

    for is_seen in [true, true, false, true] {
        let seen = house.submit(&bob, Command::SetSeen { session, is_seen });
        assert_eq!(seen, Ok(Reply::Done));
    }
    assert_eq!(moves(&visitor.told()), ["65534 joined", "65534 left", "65534 joined"]);
    assert_eq!(moves(&ann.told()), ["65534 seen true", "65534 seen false", "65534 seen true"]);
    assert_eq!(house.say(&bob, session, "hello"), 3);
    assert_eq!(visitor.messages(), [(2, "hello".to_owned())]);
    house.submit(&bob, Command::LeaveSession { session }).unwrap();
    assert_eq!(moves(&visitor.told()), ["65534 left"]);
    let late = house.words("and");
    assert_eq!(house.say_words(&bob, session, late), Err(Refusal::NotInSession));
    house.whole();
}

#[test]
fn a_guest_follows_on_all_its_links_through_its_grace_and_not_beyond() {
    let mut house = House::new();
    let (mut visitor, ann, bob, session) = talking(&mut house);
    let asking = invite(&house, &ann, session, named("bob")).unwrap();
    accept(&house, &bob, asking.offer).unwrap();
    let mut second = house.agent("bob");
    assert_eq!(second.messages(), [(1, "one".to_owned())], "a second device is brought it too");
    house.engine.detach(bob.link, Departure::Dropped, house.now);
    house.engine.detach(second.link, Departure::Dropped, house.now);
    house.whole();
    let mut third = house.agent("bob");
    house.say(&visitor, session, "two");
    assert_eq!(third.messages().len(), 2);
    house.engine.detach(third.link, Departure::Dropped, house.now);
    house.wait(61_000);
    let back = house.agent("bob");
    let late = house.words("back").to(Audience::Agents);
    assert_eq!(house.say_words(&back, session, late), Err(Refusal::NotInSession));
    assert_eq!(moves(&visitor.told()), [""; 0]);
    house.whole();
}

#[test]
fn who_has_a_session_passes_it_on_to_a_guest_and_stays() {
    let mut house = House::new();
    let (mut visitor, ann, bob, session) = talking(&mut house);
    let pass = |seat: &Seat, id: &str| {
        let agent = AgentId::new(id).unwrap();
        house.submit(seat, Command::PassOn { session, agent, room: Room::Needed })
    };
    let bobs = AgentId::new("bob").unwrap();
    assert_eq!(pass(&ann, "bob"), Err(Refusal::NotAGuest(bobs)));
    let asking = invite(&house, &ann, session, named("bob")).unwrap();
    accept(&house, &bob, asking.offer).unwrap();
    assert_eq!(pass(&ann, "bob"), Ok(Reply::Done));
    assert_eq!(house.holder(&ann, session).as_deref(), Some("bob"));
    assert_eq!(
        moves(&visitor.told()),
        ["65534 joined"],
        "who has it is seen, and ann is there still"
    );
    let leave = |seat: &Seat| house.submit(seat, Command::LeaveSession { session });
    assert_eq!(leave(&bob), Err(Refusal::OwnerStays));
    assert_eq!(leave(&ann), Ok(Reply::Done));
    assert_eq!(leave(&ann), Ok(Reply::Done));
    assert_eq!(moves(&visitor.told()), ["2 left"]);
    house.whole();
}

#[test]
fn whom_one_may_not_invite_is_refused_by_its_reason() {
    let mut house = House::ruled(|draft| {
        draft.departments[0].colleagues = vec![department("sales")];
    });
    let (_visitor, ann, bob, session) = talking(&mut house);
    let sign_on = SignOn::new([department("support")], Some(1));
    let cid = house.online_for(Role::Agent, "cid", sign_on);
    assert_eq!(invite(&house, &cid, session, named("bob")), Err(Refusal::NotInSession));
    let cids = Refusal::TargetOutOfReach(named("cid"));
    assert_eq!(invite(&house, &ann, session, named("cid")), Err(cids));
    assert_eq!(invite(&house, &ann, session, named("ann")), Err(Refusal::ToOneself));
    let asking = invite(&house, &ann, session, of("sales")).unwrap();
    assert_eq!(accept(&house, &bob, asking.offer), Ok(Reply::Got(session)));
    let bobs = AgentId::new("bob").unwrap();
    let again = invite(&house, &ann, session, named("bob"));
    assert_eq!(again, Err(Refusal::InSessionAlready(bobs)));
    let seen = house.submit(&cid, Command::SetSeen { session, is_seen: true });
    assert_eq!(seen, Err(Refusal::NotInSession));
    let hides = house.submit(&ann, Command::SetSeen { session, is_seen: false });
    assert_eq!(hides, Err(Refusal::OwnerStays));
    house.whole();
}

// S5

#[test]
fn a_supervisor_whispers_joins_takes_over_and_ends() {
    let mut house = House::new();
    let (mut visitor, mut ann, _bob, session) = talking(&mut house);
    let mut sue = house.agent_as(Role::Supervisor, "sue");
    let whisper = house.words("offer him ten percent").to(Audience::Agents);
    let late = house.words("but");
    let join = |seat: &Seat, is_seen| house.submit(seat, Command::JoinSession { session, is_seen });
    assert_eq!(join(&sue, false), Ok(Reply::Done));
    let mine = view(&sue.told());
    let own = mine.participants.iter().find(|other| other.number == mine.you).unwrap();
    assert_eq!((own.class, own.is_seen), (Class::Supervisor, false));
    let sues = AgentId::new("sue").unwrap();
    assert_eq!(join(&sue, true), Err(Refusal::InSessionAlready(sues)));
    assert_eq!(join(&ann, true), Err(Refusal::SupervisorsOnly));
    assert_eq!(join(&visitor, true), Err(Refusal::SupervisorsOnly));
    house.say_words(&sue, session, whisper).unwrap();
    assert_eq!(ann.messages().last().unwrap().1, "offer him ten percent");
    assert!(visitor.told().is_empty());

    let take = |room| house.submit(&sue, Command::TakeOver { session, room });
    assert_eq!(take(Room::Needed), Err(Refusal::NotSignedOn));
    house.sign_on(&sue, 1).unwrap();
    assert_eq!(take(Room::Needed), Ok(Reply::Got(session)));
    assert_eq!(moves(&visitor.told()), ["2 left", "65534 joined"]);
    assert_eq!(house.say_words(&ann, session, late), Err(Refusal::NotInSession));
    house.whole();

    let end = |seat: &Seat| house.submit(seat, Command::EndSession { session });
    assert_eq!(end(&ann), Err(Refusal::SupervisorsOnly));
    assert_eq!(end(&sue), Ok(Reply::Done));
    assert_eq!(end(&sue), Err(Refusal::SessionClosed));
    assert_eq!(join(&sue, true), Err(Refusal::SessionClosed));
    assert_eq!(take(Room::Needed), Err(Refusal::SessionClosed));
    let causes = crate::house::ends(&visitor.told());
    assert_eq!(causes, [frontdesk::desk::delivery::CloseCause::Supervisor]);
    house.whole();
}

#[test]
fn supervision_reaches_as_far_as_the_token_does() {
    let mut house = House::new();
    let (_visitor, _ann, _bob, session) = talking(&mut house);
    let reach = Reach::Only([department("support")].into());
    let agent = AgentId::new("tim").unwrap();
    let role = Role::Supervisor;
    let tim = house.attach_agent(AgentAttach { role, reach, ..AgentAttach::new(agent) });
    for command in [
        Command::JoinSession { session, is_seen: true },
        Command::TakeOver { session, room: Room::Overridden },
        Command::EndSession { session },
    ] {
        let refused = house.submit(&tim, command);
        assert_eq!(refused, Err(Refusal::OutOfReach(department("sales"))));
    }
    house.whole();
}

#[test]
fn at_most_thirty_take_part_in_a_session() {
    let mut house = House::new();
    let (_visitor, ann, _bob, session) = talking(&mut house);
    let join = Command::JoinSession { session, is_seen: true };
    let guests: Vec<_> =
        (0..GUESTS_MAX).map(|n| house.agent_as(Role::Supervisor, &format!("s{n}"))).collect();
    for guest in &guests {
        assert_eq!(house.submit(guest, join.clone()), Ok(Reply::Done));
    }
    let last = house.agent_as(Role::Admin, "last");
    let full = Refusal::LimitReached { what: "guests of one session", max: GUESTS_MAX as u64 };
    assert_eq!(house.submit(&last, join.clone()), Err(full));
    house.submit(&guests[0], Command::LeaveSession { session }).unwrap();
    assert_eq!(house.submit(&last, join), Ok(Reply::Done));
    house.whole();
    close(&house, &ann, session).unwrap();
    house.whole();
}

// A8

#[test]
fn an_agent_reads_to_whom_it_may_transfer_with_its_last_three_targets_first() {
    let mut house = House::new();
    let (_visitor, ann, bob, session) = talking(&mut house);
    let read = |seat: &Seat, after, rows| -> Result<Targets, Refusal> {
        let query = Box::new(TargetsQuery { after, rows });
        match house.submit(seat, Command::ReadTransferTargets(query))? {
            Reply::TransferTargets(targets) => Ok(*targets),
            other => panic!("the targets are answered {other:?}"),
        }
    };
    let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
    accept(&house, &bob, asking.offer).unwrap();
    let page = read(&ann, None, 2).unwrap();
    assert_eq!(page.recent, [named("bob")]);
    assert_eq!((page.departments.len(), page.next), (2, Some(of("support"))));
    let page = read(&ann, Some(of("support")), 50).unwrap();
    let row = &page.agents[0];
    assert_eq!((row.agent.as_str(), row.status, row.free), ("bob", Status::Online, 0));
    assert_eq!((page.agents.len(), page.next), (1, None));
    let newcomer = house.agent("newcomer");
    assert_eq!(read(&newcomer, None, 5), Err(Refusal::NotSignedOn));
    let rows = Refusal::OutOfRange { field: "rows", min: 1, max: 200 };
    assert_eq!(read(&ann, None, 0), Err(rows));
}

// S5

/// Who watches, as an agent is told.
fn watched(told: &[Delivery]) -> Vec<(String, bool)> {
    let watched = told.iter().filter_map(|delivery| match delivery {
        Delivery::SessionWatched { by, watches, .. } => Some((by.to_string(), *watches)),
        _ => None,
    });
    watched.collect()
}

#[test]
fn agents_are_told_of_watches_where_their_departments_policy_says_so() {
    for tells in [true, false] {
        let mut house = House::ruled(|draft| draft.terms.tells_of_watches = tells);
        let (mut visitor, mut ann, bob, session) = talking(&mut house);
        let sue = house.agent_as(Role::Supervisor, "sue");
        let resume = ResumePoint { session, epoch: house.engine.epoch(), seq: 0 };
        let watch = Command::WatchSession { resume };
        house.submit(&sue, watch.clone()).unwrap();
        house.submit(&sue, watch).unwrap();
        let mut second = house.agent("ann");
        let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
        accept(&house, &bob, asking.offer).unwrap();
        let mut bobs = bob;
        house.submit(&sue, Command::UnwatchSession { session }).unwrap();
        let began: Vec<_> = tells.then(|| ("sue".to_owned(), true)).into_iter().collect();
        let ended = tells.then(|| ("sue".to_owned(), false));
        assert_eq!(watched(&ann.told()), began);
        assert_eq!(watched(&second.told()), began, "also on a link that comes later");
        assert_eq!(watched(&bobs.told()), [began, ended.into_iter().collect()].concat());
        assert_eq!(watched(&visitor.told()), []);
        house.whole();
    }
}

#[test]
fn what_supervisors_and_agents_do_with_others_sessions_is_kept_with_who_and_from_where() {
    let mut house = House::new();
    let (_visitor, ann, bob, session) = talking(&mut house);
    let (role, address) = (Role::Supervisor, "192.0.2.7".into());
    let sues = AgentId::new("sue").unwrap();
    let sue = house.attach_agent(AgentAttach { role, address, ..AgentAttach::new(sues.clone()) });
    let resume = ResumePoint { session, epoch: house.engine.epoch(), seq: 0 };
    let bobs = AgentId::new("bob").unwrap();
    let status = SetStatus { agent: Some(bobs.clone()), ..SetStatus::now(Status::Busy, "break") };
    house.submit(&sue, Command::WatchSession { resume }).unwrap();
    house.submit(&sue, Command::SetStatus(status)).unwrap();
    house.submit(&sue, Command::JoinSession { session, is_seen: false }).unwrap();
    house.submit(&ann, Command::JoinSession { session, is_seen: false }).unwrap_err();
    let asking = transfer(&house, &ann, to(session, named("bob"))).unwrap();
    let offer = asking.offer.unwrap();
    house.submit(&ann, Command::WithdrawOffer { offer }).unwrap();
    house.submit(&sue, Command::EndSession { session }).unwrap();
    let kept = house.facts().into_iter().filter_map(|fact| match fact {
        Event::Acted(acted) => Some(*acted),
        _ => None,
    });
    let kept: Vec<_> = kept.collect();
    let acts: Vec<_> = kept.iter().map(|acted| (acted.by.as_str(), acted.act.clone())).collect();
    let (whose, room) = (Status::Busy, Room::Needed);
    let expected = [
        ("sue", Act::Watched { session }),
        ("sue", Act::SetStatus { agent: bobs, status: whose, reason: "break".into() }),
        ("sue", Act::Joined { session, is_seen: false }),
        ("ann", Act::Transferred { session, to: named("bob"), room }),
        ("ann", Act::Withdrew { offer }),
        ("sue", Act::Ended { session }),
    ];
    assert_eq!(acts, expected);
    for acted in &kept {
        let (link, address) = match acted.by.as_str() {
            "sue" => (sue.link.id, "192.0.2.7"),
            _ => (ann.link.id, ""),
        };
        assert_eq!((acted.link, &*acted.address), (link, address));
    }
    drop(bob);
    house.whole();
}

// A4

#[test]
fn what_others_have_is_asked_about_within_the_departments_of_the_token() {
    let mut house = House::new();
    let (_visitor, _ann, _bob, session) = talking(&mut house);
    let reach = Reach::Only([department("support")].into());
    let agent = AgentId::new("tim").unwrap();
    let tim = house.attach_agent(AgentAttach { reach, ..AgentAttach::new(agent) });
    let far = || Err(Refusal::OutOfReach(department("sales")));
    assert_eq!(house.submit(&tim, Command::WhyWaiting { session }), far());
    let why = |id: &str| Command::WhyIdle { agent: Some(AgentId::new(id).unwrap()) };
    assert_eq!(house.submit(&tim, why("ann")), far());
    assert!(house.submit(&tim, why("tim")).is_ok());
    let sign_on = SignOn::new([department("support"), department("sales")], Some(1));
    house.online_for(Role::Agent, "cid", sign_on);
    assert!(house.submit(&tim, why("cid")).is_ok(), "who works for support too");
    house.whole();
}

#[test]
fn a_guest_of_a_session_that_waits_takes_no_place_from_it_and_may_get_it() {
    let mut house = House::new();
    let mut visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let mut sue = house.agent_as(Role::Supervisor, "sue");
    visitor.told();
    house.submit(&sue, Command::JoinSession { session, is_seen: true }).unwrap();
    let told = visitor.told();
    assert_eq!(moves(&told), ["2 joined"]);
    assert_eq!(crate::house::positions(&told), [1], "it waits as before");
    house.whole();
    house.sign_on(&sue, 1).unwrap();
    house.set(&sue, Status::Online).unwrap();
    assert_eq!(house.holder(&sue, session).as_deref(), Some("sue"));
    assert_eq!(moves(&visitor.told()), ["2 joined"], "the waiting is over");
    assert_eq!(house.say(&sue, session, "good day"), 1);
    sue.told();
    house.whole();
}
