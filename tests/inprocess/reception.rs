//! Who is there for a visitor, on every page view (row Q4).

use frontdesk::desk::delivery::Status;
use frontdesk::desk::id::{AgentId, StyleId};
use frontdesk::desk::page::Arrival;
use frontdesk::desk::policy::hours::{Schedule, Weekday, WeeklySpan};
use frontdesk::desk::policy::style::{Listed, Receiver, RegionRule};
use frontdesk::desk::policy::{Draft, Style};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{
    Command, MailboxLimits, Receiving, Reception, ReceptionRow, Reply, VisitorAttach,
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
