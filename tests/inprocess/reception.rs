//! Who is there for a visitor, on every page view or followed (row Q4).

use frontdesk::desk::delivery::{Delivery, Status};
use frontdesk::desk::id::{AgentId, StyleId};
use frontdesk::desk::page::Arrival;
use frontdesk::desk::policy::hours::{Schedule, Weekday, WeeklySpan};
use frontdesk::desk::policy::style::{Listed, Receiver, RegionRule};
use frontdesk::desk::policy::{Department, Draft, Style};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{
    Command, Departure, MailboxLimits, Receiving, Reception, ReceptionRow, Reply, VisitorAttach,
};

use crate::house::{House, Seat, department};

fn read(house: &House, visitor: &Seat, of: Option<&str>) -> Reception {
    let read = Command::ReadReception { department: of.map(department) };
    match house.submit(visitor, read).unwrap() {
        Reply::Reception(reception) => *reception,
        other => panic!("no reception: {other:?}"),
    }
}

fn style(change: impl FnOnce(&mut Style)) -> impl FnOnce(&mut Draft) {
    |draft| {
        let mut style = Style::new(StyleId::new("plain").unwrap(), department("sales"));
        change(&mut style);
        draft.styles.push(style);
    }
}

#[test]
fn the_icon_follows_those_who_receive() {
    let waiting_max = |draft: &mut Draft| draft.departments[0].waiting_max = 1;
    let mut house = House::with(waiting_max, MailboxLimits::default());
    let visitor = house.visitor("v");
    let now = |house: &House| read(house, &visitor, None).receiving;
    assert_eq!(now(&house), Receiving::Nobody);
    let ann = house.online("ann", 1);
    assert_eq!(now(&house), Receiving::Free);
    house.set(&ann, Status::Busy).unwrap();
    assert_eq!(now(&house), Receiving::Waiting);
    house.set(&ann, Status::Online).unwrap();
    house.ask(&house.visitor("first"));
    assert_eq!(now(&house), Receiving::Waiting);
    house.ask(&house.visitor("second"));
    assert_eq!((now(&house), read(&house, &visitor, None).waiting), (Receiving::Full, 1));
    house.set(&ann, Status::Away).unwrap();
    assert_eq!(now(&house), Receiving::Nobody);
    assert_eq!(read(&house, &visitor, Some("support")).receiving, Receiving::Nobody);
    house.wait(1);
    house.whole();
}

#[test]
fn the_page_says_what_the_style_words_for_how_things_are() {
    let worded = style(|style| {
        style.words.nobody = "请留言".into();
        style.words.free = "您好".into();
    });
    let house = House::with(worded, MailboxLimits::default());
    let visitor = house.visitor("v");
    assert_eq!(&*read(&house, &visitor, None).words, "请留言");
    let ann = house.online("ann", 1);
    assert_eq!(&*read(&house, &visitor, None).words, "您好");
    house.set(&ann, Status::Busy).unwrap();
    assert_eq!(&*read(&house, &visitor, None).words, "", "nothing is worded for that");
}

#[test]
fn the_list_shows_departments_or_agents_as_the_style_says() {
    let to = |id: &str| Receiver::Department(department(id));
    let both = style(|style| {
        style.receivers = vec![to("sales"), to("support")];
        style.hides_offline = true;
        style.hides_department_names = true;
    });
    let house = House::with(both, MailboxLimits::default());
    let visitor = house.visitor("v");
    assert_eq!(read(&house, &visitor, None).rows, [], "nobody is there");
    let _ann = house.online("ann", 1);
    let sales = ReceptionRow::Department {
        id: department("sales"),
        name: "".into(),
        receiving: Receiving::Free,
        waiting: 0,
    };
    assert_eq!(read(&house, &visitor, None).rows, [sales]);

    let agents = style(|style| style.listed = Listed::Agents);
    let mut house = House::with(agents, MailboxLimits::default());
    let visitor = house.visitor("v");
    let _bob = house.online("bob", 1);
    let ann = house.online("ann", 1);
    house.set(&ann, Status::Away).unwrap();
    house.wait(1_000);
    let row = |id: &str, status| ReceptionRow::Agent { id: AgentId::new(id).unwrap(), status };
    let listed = [row("ann", Status::Away), row("bob", Status::Online)];
    assert_eq!(read(&house, &visitor, None).rows, listed);
}

#[test]
fn a_region_has_its_own_reception_and_a_closed_department_is_closed() {
    let south = |draft: &mut Draft| {
        style(|style| {
            style.regions = vec![RegionRule {
                regions: vec!["广东".into()],
                receivers: vec![Receiver::Department(department("support"))],
            }];
        })(draft);
        // 2026-01-01 was a Thursday.
        let monday = WeeklySpan { day: Weekday::Monday, from_minute: 0, until_minute: 1_440 };
        let schedule = Schedule {
            id: frontdesk::desk::id::ScheduleId::new("mondays").unwrap(),
            zone: "Asia/Shanghai".into(),
            weekly: vec![monday],
            special: Vec::new(),
        };
        draft.departments[1].schedule = Some(schedule.id.clone());
        draft.schedules.push(schedule);
    };
    let mut house = House::with(south, MailboxLimits::default());
    let _ann = house.online("ann", 1);
    let from = |house: &House, id: &str, region: &str| {
        let arrival = Arrival { region: region.into(), ..Arrival::default() };
        house.attach(VisitorAttach { arrival, ..house.arrival(id) }).unwrap()
    };
    let (north, south) = (from(&house, "n", "北京"), from(&house, "s", "广东省深圳市"));
    assert_eq!(read(&house, &north, None).receiving, Receiving::Free);
    assert_eq!(read(&house, &south, None).receiving, Receiving::Closed);
    house.wait(4 * 86_400_000);
    let south = from(&house, "s", "广东省深圳市");
    assert_eq!(read(&house, &south, None).receiving, Receiving::Nobody, "it is Monday");
    house.now.wall_ms -= 86_400_000;
    assert_eq!(read(&house, &south, None).receiving, Receiving::Closed, "the clock was set back");
}

#[test]
fn reception_is_for_visitors_to_read_and_of_departments_that_there_are() {
    let house = House::new();
    let (ann, visitor) = (house.agent("ann"), house.visitor("v"));
    let read = |seat, department| house.submit(seat, Command::ReadReception { department });
    assert_eq!(read(&ann, None), Err(Refusal::VisitorsOnly));
    let moon = department("moon");
    assert_eq!(read(&visitor, Some(moon.clone())), Err(Refusal::UnknownDepartment(moon)));
}

fn follow(house: &House, visitor: &Seat, of: Option<&str>) -> Receiving {
    let watch = Command::WatchReception { department: of.map(department) };
    match house.submit(visitor, watch).unwrap() {
        Reply::Reception(reception) => reception.receiving,
        other => panic!("no reception: {other:?}"),
    }
}

/// What a page was told of its icon, in order.
fn icons(visitor: &mut Seat) -> Vec<Receiving> {
    let told = visitor.told().into_iter().filter_map(|delivery| match delivery {
        Delivery::ReceptionChanged { receiving } => Some(receiving),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_page_that_follows_is_told_when_its_icon_changes_and_not_of_what_agents_do() {
    let mut house =
        House::with(|draft| draft.departments[0].waiting_max = 1, MailboxLimits::default());
    let (mut u, mut v, mut w) = (house.visitor("u"), house.visitor("v"), house.visitor("w"));
    assert_eq!(follow(&house, &u, None), Receiving::Nobody);
    assert_eq!(follow(&house, &v, Some("support")), Receiving::Nobody);
    let ann = house.online("ann", 1);
    assert_eq!(follow(&house, &w, None), Receiving::Free, "it is told how it is");
    house.wait(1_000);
    assert_eq!((icons(&mut u), icons(&mut v)), (vec![Receiving::Waiting], vec![]));
    assert_eq!(icons(&mut w), [], "it knows");

    // Full or free, and who comes and goes beside her, is the same to the icon.
    let _bob = house.online("bob", 3);
    let first = house.visitor("first");
    let session = house.ask(&first);
    house.wait(1_000);
    house.submit(&first, Command::Close { session }).unwrap();
    house.set(&ann, Status::Busy).unwrap();
    house.wait(1_000);
    assert_eq!([icons(&mut u), icons(&mut v), icons(&mut w)], [[], [], []]);

    // To and fro between two looks is nothing, and of several states the latest counts.
    house.submit(&u, Command::UnwatchReception).unwrap();
    let bob = house.agent("bob");
    for status in [Status::Away, Status::Online] {
        house.set(&bob, status).unwrap();
    }
    house.wait(1_000);
    assert_eq!(icons(&mut w), []);
    house.set(&bob, Status::Away).unwrap();
    house.set(&ann, Status::Away).unwrap();
    house.wait(1_000);
    house.set(&ann, Status::Busy).unwrap();
    house.ask(&first);
    house.wait(1_000);
    assert_eq!(icons(&mut w), [Receiving::Full], "the state between was not read in time");
    assert_eq!(icons(&mut u), [], "it follows no more");

    house.engine.detach(w.link, Departure::Leaving, house.now);
    assert_eq!(house.engine.watching(house.tenant).receptions, 1);
    house.engine.detach(v.link, Departure::Dropped, house.now);
    assert_eq!(house.engine.watching(house.tenant).receptions, 0);
    house.whole();
}

#[test]
fn very_many_pages_are_told_in_slices_and_each_once() {
    const PAGES: usize = 40_000;
    let mut house = House::new();
    let mut reader = house.engine.reader();
    let links: Vec<_> = (0..PAGES)
        .map(|n| {
            let attach = house.arrival(&format!("v{n}"));
            let outlet = reader.outlet();
            let attached = house.engine.attach_visitor(house.tenant, outlet, attach, house.now);
            attached.unwrap().link
        })
        .collect();
    for link in &links {
        let watch = Command::WatchReception { department: None };
        house.engine.submit(*link, watch, house.now).unwrap();
    }
    let _ann = house.online("ann", 1);
    let mut told = std::collections::HashMap::new();
    let mut slices = Vec::new();
    for n in 0..6 {
        house.wait(100);
        // Some leave in the middle of it: whoever takes their place in the list is not passed over.
        for link in links.iter().skip(n).step_by(100) {
            house.engine.detach(*link, Departure::Leaving, house.now);
        }
        let mut slice = 0;
        reader.try_drain_all(|link, delivery| {
            assert!(matches!(
                delivery,
                Delivery::ReceptionChanged { receiving: Receiving::Waiting }
            ));
            *told.entry(link).or_insert(0) += 1;
            slice += 1;
        });
        slices.push(slice);
    }
    assert!(slices.iter().all(|slice| *slice <= 16_384), "{slices:?}");
    assert!(slices.iter().filter(|slice| **slice > 0).count() >= 3, "{slices:?}");
    let stay = links.iter().enumerate().filter(|(n, _)| n % 100 >= 6);
    for (n, link) in stay {
        assert_eq!(told.get(&link.id), Some(&1), "page {n}");
    }
    house.whole();
}

#[test]
fn what_a_page_has_not_read_of_its_icon_never_follows_a_later_answer() {
    let mut house = House::new();
    let ann = house.online("ann", 2);
    let mut page = house.visitor("u");
    assert_eq!(follow(&house, &page, None), Receiving::Free);
    for again in [true, false] {
        house.set(&ann, Status::Away).unwrap();
        house.wait(1_000);
        house.set(&ann, Status::Online).unwrap();
        if !again {
            house.submit(&page, Command::UnwatchReception).unwrap();
        }
        assert_eq!(follow(&house, &page, None), Receiving::Free);
        assert_eq!(icons(&mut page), [], "nobody was there before the answer");
        house.wait(1_000);
        assert_eq!(icons(&mut page), []);
    }
    house.whole();
}

#[test]
fn another_policy_sends_pages_to_other_receptions() {
    let to = |id: &str| Receiver::Department(department(id));
    let mut house = House::new();
    let from = |house: &House, id: &str, region: &str| {
        let arrival = Arrival { region: region.into(), ..Arrival::default() };
        house.attach(VisitorAttach { arrival, ..house.arrival(id) }).unwrap()
    };
    let (mut north, mut south) = (from(&house, "n", "北京"), from(&house, "s", "广东"));
    let _ann = house.online("ann", 1);
    house.wait(1_000);
    assert_eq!([follow(&house, &north, None), follow(&house, &south, None)], [Receiving::Free; 2]);
    let replace = |house: &House, change: &dyn Fn(&mut Style)| {
        let departments = vec![department("sales"), department("support")];
        let mut draft = Draft::new(vec![crate::house::site()], departments);
        style(|style| change(style))(&mut draft);
        house.engine.replace_policy(house.tenant, draft, None, house.now).unwrap();
    };
    replace(&house, &|style| {
        let regions = vec!["广东".into()];
        style.regions = vec![RegionRule { regions, receivers: vec![to("support")] }];
    });
    house.wait(1_000);
    assert_eq!((icons(&mut north), icons(&mut south)), (vec![], vec![Receiving::Nobody]));
    house.whole();
    replace(&house, &|_| ());
    house.wait(1_000);
    assert_eq!((icons(&mut north), icons(&mut south)), (vec![], vec![Receiving::Waiting]));
    house.whole();
}

#[test]
fn reception_is_for_visitors_to_follow_and_bounded_in_its_kinds() {
    let ids: Vec<_> = (0..1_024).map(|n| department(&format!("d{n}"))).collect();
    let house = House::ruled(|draft| {
        let departments = std::mem::take(&mut draft.departments);
        let more = ids.iter().skip(departments.len()).cloned();
        draft.departments = departments.into_iter().chain(more.map(Department::new)).collect();
        let receivers = vec![
            Receiver::Department(department("sales")),
            Receiver::Department(department("support")),
        ];
        let mut both = Style::new(StyleId::new("plain").unwrap(), department("sales"));
        both.receivers = receivers;
        draft.styles.push(both);
    });
    let (ann, visitor) = (house.agent("ann"), house.visitor("v"));
    let watch = |seat, department| house.submit(seat, Command::WatchReception { department });
    assert_eq!(watch(&ann, None), Err(Refusal::VisitorsOnly));
    assert_eq!(house.submit(&ann, Command::UnwatchReception), Err(Refusal::VisitorsOnly));
    let moon = department("moon");
    assert_eq!(watch(&visitor, Some(moon.clone())), Err(Refusal::UnknownDepartment(moon)));
    let policy = house.engine.policy(house.tenant).unwrap();
    let seats: Vec<_> = (0..1_024).map(|n| house.visitor(&format!("v{n}"))).collect();
    for (seat, is) in seats.iter().zip(&policy.departments) {
        watch(seat, Some(is.id.clone())).unwrap();
    }
    let refused = watch(&visitor, None);
    assert!(matches!(refused, Err(Refusal::LimitReached { max: 1_024, .. })), "{refused:?}");
    watch(&visitor, Some(department("sales"))).unwrap();
    house.engine.detach(seats[7].link, Departure::Leaving, house.now);
    watch(&visitor, None).unwrap();
    house.whole();
}
