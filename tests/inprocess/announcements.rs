//! Row M8: words to all agents of the tenant or of a department.

use frontdesk::desk::delivery::{Delivery, Status};
use frontdesk::desk::fact::Event;
use frontdesk::desk::floor::{ANNOUNCED_MS, ANNOUNCEMENT_BYTES_MAX, ANNOUNCEMENTS_MAX};
use frontdesk::desk::id::{AgentId, AnnouncementId, ClientMessageId};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::{Reach, Role};
use frontdesk::engine::{AgentAttach, AnnouncementWish, Command, Reply, SignOn};

use crate::house::{House, Seat, department};

fn wish(n: u8, to: Option<&str>, text: &str) -> AnnouncementWish {
    AnnouncementWish {
        id: ClientMessageId([n; 16]),
        department: to.map(department),
        text: text.into(),
    }
}

fn announce(
    house: &House,
    seat: &Seat,
    wish: AnnouncementWish,
) -> Result<(AnnouncementId, bool), Refusal> {
    match house.submit(seat, Command::Announce(wish))? {
        Reply::Announced { announcement, duplicate, .. } => Ok((announcement, duplicate)),
        other => panic!("answered by {other:?}"),
    }
}

/// What was said to all, as a link was told it.
fn heard(seat: &mut Seat) -> Vec<String> {
    let told = seat.told().into_iter().filter_map(|delivery| match delivery {
        Delivery::Announcement(said) => Some(said.text.to_string()),
        _ => None,
    });
    told.collect()
}

#[test]
fn words_to_all_are_told_to_each_device_and_to_who_comes_until_they_are_seen() {
    let mut house = House::new();
    let (mut sue, mut ann) = (house.agent_as(Role::Supervisor, "sue"), house.online("ann", 1));
    let (mut phone, mut visitor) = (house.agent("ann"), house.visitor("v"));
    let (said, duplicate) = announce(&house, &sue, wish(1, None, "四点开会")).unwrap();
    assert!(!duplicate);
    assert_eq!(announce(&house, &sue, wish(1, None, "四点开会")), Ok((said, true)));
    for seat in [&mut ann, &mut phone] {
        assert_eq!(heard(seat), ["四点开会"], "once, on each device");
    }
    assert!(heard(&mut sue).is_empty() && heard(&mut visitor).is_empty());
    let kept = house.facts().into_iter().filter(|fact| matches!(fact, Event::Announced(_)));
    assert_eq!(kept.count(), 1);

    let mut bea = house.agent("bea");
    assert_eq!(heard(&mut bea), ["四点开会"], "who comes later");
    assert_eq!(heard(&mut house.agent("bea")), ["四点开会"], "as long as it isn't seen");
    house.submit(&bea, Command::AcknowledgeAnnouncement { announcement: said }).unwrap();
    assert_eq!(heard(&mut house.agent("bea")), [""; 0]);
    house.wait(ANNOUNCED_MS - 1);
    assert_eq!(heard(&mut house.agent("cai")), ["四点开会"]);
    house.wait(1);
    assert_eq!(heard(&mut house.agent("dan")), [""; 0], "a day later it is no news");
    house.whole();
}

#[test]
fn words_to_a_department_are_for_those_who_have_signed_on_for_it() {
    let house = House::new();
    let support = || SignOn::new([department("support")], None);
    let sue = house.agent_as(Role::Admin, "sue");
    let mut ann = house.online("ann", 1);
    let mut cai = house.online_for(Role::Agent, "cai", support());
    let mut dan = house.agent("dan");
    announce(&house, &sue, wish(1, Some("support"), "the printer is back")).unwrap();
    assert_eq!(heard(&mut cai), ["the printer is back"]);
    assert!(heard(&mut ann).is_empty() && heard(&mut dan).is_empty());
    house.submit(&dan, Command::SignOn(support())).unwrap();
    assert_eq!(heard(&mut dan), ["the printer is back"], "with its first day there");
    house.submit(&dan, Command::SignOn(support())).unwrap();
    assert_eq!(heard(&mut dan), [""; 0], "signing on for the same again is nothing new");
    house.set(&dan, Status::Busy).unwrap();
    house.whole();
}

#[test]
fn of_very_many_agents_each_is_told_once_and_none_is_left_out() {
    let mut house = House::ruled(|draft| draft.agents_max = 10_000);
    let sue = house.agent_as(Role::Supervisor, "sue");
    let mut crowd: Vec<Seat> = (0..5_000).map(|n| house.agent(&format!("a-{n}"))).collect();
    announce(&house, &sue, wish(1, None, "hello all")).unwrap();
    house.whole();
    let mut early = house.agent("a-0");
    let mut late = house.agent("a-4999");
    let mut new = house.agent("new");
    assert_eq!(heard(&mut early), ["hello all"], "it was told before, and this device wasn't");
    announce(&house, &sue, wish(2, None, "and again")).unwrap();
    for _ in 0..4 {
        house.wait(100);
    }
    for seat in crowd.iter_mut().chain([&mut late, &mut new]) {
        assert_eq!(heard(seat), ["hello all", "and again"]);
    }
    assert_eq!(heard(&mut early), ["and again"]);
    house.whole();
}

#[test]
fn only_supervisors_speak_to_all_and_only_to_those_they_reach() {
    let house = House::new();
    let (ann, visitor) = (house.online("ann", 1), house.visitor("v"));
    let sue = house.agent_as(Role::Supervisor, "sue");
    let reach = Reach::Only(vec![department("support")].into());
    let tom = AgentId::new("tom").unwrap();
    let tom = AgentAttach { role: Role::Supervisor, reach, ..AgentAttach::new(tom) };
    let tom = house.attach_agent(tom);
    let to_all = || wish(1, None, "hello");
    assert_eq!(announce(&house, &ann, to_all()), Err(Refusal::SupervisorsOnly));
    assert_eq!(announce(&house, &visitor, to_all()), Err(Refusal::AgentsOnly));
    let sales = Err(Refusal::OutOfReach(department("sales")));
    assert_eq!(announce(&house, &tom, to_all()), sales);
    assert_eq!(announce(&house, &tom, wish(1, Some("sales"), "hello")), sales);
    assert!(announce(&house, &tom, wish(1, Some("support"), "hello")).is_ok());
    let moon = Err(Refusal::UnknownDepartment(department("moon")));
    assert_eq!(announce(&house, &sue, wish(1, Some("moon"), "hello")), moon);
    assert_eq!(announce(&house, &sue, wish(1, None, "")), Err(Refusal::Missing { field: "text" }));
    let long = "x".repeat(ANNOUNCEMENT_BYTES_MAX + 1);
    let bytes_max = ANNOUNCEMENT_BYTES_MAX;
    let refused = Err(Refusal::TooLong { field: "text", bytes_max });
    assert_eq!(announce(&house, &sue, wish(1, None, &long)), refused);
    announce(&house, &sue, to_all()).unwrap();
    assert_eq!(announce(&house, &sue, wish(1, None, "other")), Err(Refusal::IdReused));
    assert_eq!(announce(&house, &sue, wish(1, Some("sales"), "hello")), Err(Refusal::IdReused));
    let announcement = AnnouncementId::from_bytes([9; 16]).unwrap();
    let unknown = house.submit(&ann, Command::AcknowledgeAnnouncement { announcement });
    assert_eq!(unknown, Err(Refusal::AnnouncementNotFound));
    house.whole();
}

#[test]
fn so_many_words_to_all_are_kept_and_of_more_the_oldest_goes() {
    let house = House::new();
    let sue = house.agent_as(Role::Supervisor, "sue");
    let first = announce(&house, &sue, wish(1, None, "1")).unwrap().0;
    for n in 2..=ANNOUNCEMENTS_MAX + 1 {
        announce(&house, &sue, wish(n as u8, None, &n.to_string())).unwrap();
    }
    let mut ann = house.agent("ann");
    let heard = heard(&mut ann);
    assert_eq!((heard.len(), heard[0].as_str()), (ANNOUNCEMENTS_MAX, "2"));
    let gone = house.submit(&ann, Command::AcknowledgeAnnouncement { announcement: first });
    assert_eq!(gone, Err(Refusal::AnnouncementNotFound));
    house.whole();
}
