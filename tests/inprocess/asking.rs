//! Rows Q2, Q3, Q5, Q8, Q9, Q10, Q11: whom a visitor may ask for, who receives it as time passes, and what it is told when nobody does.

use frontdesk::desk::delivery::{CloseCause, Delivery, Status};
use frontdesk::desk::floor::Estimate;
use frontdesk::desk::id::{AgentId, ChannelId, ScheduleId, SessionId, SkillId, StyleId};
use frontdesk::desk::policy::department::{AgentLost, Join, Overflow, Ring, Tier};
use frontdesk::desk::policy::hours::{Schedule, Weekday, WeeklySpan};
use frontdesk::desk::policy::style::{Receiver, RegionRule, Unavailable};
use frontdesk::desk::policy::{Channel, Draft, Style};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::Role;
use frontdesk::engine::{Ask, Command, Departure, PostWish, SignOn};

use crate::house::{House, Seat, department, ends};

const MINUTE_MS: u64 = 60_000;

fn agent(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn skill(id: &str) -> SkillId {
    SkillId::new(id).unwrap()
}

fn style() -> Style {
    Style::new(StyleId::new("shop").unwrap(), department("sales"))
}

fn for_agent(id: &str) -> Ask {
    Ask { agent: Some(agent(id)), ..Ask::default() }
}

fn unavailable(unavailable: Unavailable) -> House {
    House::ruled(|draft| draft.styles = vec![Style { unavailable, ..style() }])
}

fn of_support(house: &House, id: &str) -> Seat {
    house.online_for(Role::Agent, id, SignOn::new([department("support")], Some(1)))
}

fn close(house: &House, seat: &Seat, session: SessionId) {
    house.submit(seat, Command::Close { session }).unwrap();
}

// Q2

#[test]
fn who_asks_for_an_agent_by_name_waits_for_it_as_the_style_says() {
    let house = unavailable(Unavailable::Wait);
    let (ann, bob) = (house.online("ann", 1), house.online("bob", 5));
    let visitors = ["u", "v"].map(|id| house.visitor(id));
    let sessions = visitors.each_ref().map(|v| house.ask_for(v, for_agent("ann")).unwrap());
    assert_eq!(house.holder(&ann, sessions[0]).as_deref(), Some("ann"));
    assert_eq!(house.holder(&bob, sessions[1]), None, "bob has room and isn't meant");
    house.whole();
    house.set(&ann, Status::Away).unwrap();
    assert_eq!(house.holder(&bob, sessions[1]), None);
    house.set(&ann, Status::Online).unwrap();
    close(&house, &ann, sessions[0]);
    assert_eq!(house.holder(&ann, sessions[1]).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn an_agent_who_cannot_be_had_is_replaced_at_once_or_after_a_time() {
    let mut house = unavailable(Unavailable::FallBack { after_ms: 30_000 });
    let (ann, bob) = (house.online("ann", 1), house.online("bob", 5));
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let ask = |visitor| house.ask_for(visitor, for_agent("ann")).unwrap();
    let (first, second) = (ask(&visitors[0]), ask(&visitors[1]));
    assert_eq!(house.holder(&ann, first).as_deref(), Some("ann"));
    assert_eq!(house.holder(&bob, second), None, "full: it may come free");
    house.wait(29_999);
    assert_eq!(house.holder(&bob, second), None);
    house.wait(1);
    assert_eq!(house.holder(&bob, second).as_deref(), Some("bob"));
    house.set(&ann, Status::Away).unwrap();
    let third = house.ask_for(&visitors[2], for_agent("ann")).unwrap();
    assert_eq!(house.holder(&bob, third).as_deref(), Some("bob"), "not online: at once");
    house.whole();
}

#[test]
fn an_agent_who_is_not_there_may_mean_that_nobody_is() {
    let house = unavailable(Unavailable::LeaveMessage);
    let (ann, _bob) = (house.online("ann", 1), house.online("bob", 5));
    house.set(&ann, Status::Away).unwrap();
    let mut visitor = house.visitor("v");
    house.ask_for(&visitor, for_agent("ann")).unwrap();
    assert_eq!(ends(&visitor.told()), [CloseCause::NobodyThere]);
    house.whole();
}

// Q3

#[test]
fn a_region_overrides_who_receives_and_no_match_falls_through() {
    let house = House::ruled(|draft| {
        let rule = |region: &str, receiver| RegionRule {
            regions: vec![region.into()],
            receivers: vec![receiver],
        };
        let regions = vec![
            rule("广东", Receiver::Department(department("support"))),
            rule("广东省深圳", Receiver::Agent(agent("cay"))),
        ];
        draft.styles = vec![Style { regions, ..style() }];
    });
    let ann = house.online("ann", 5);
    let bob = of_support(&house, "bob");
    let from = |id: &str, region: &str| {
        let mut attach = house.arrival(id);
        attach.arrival.region = region.into();
        let visitor = house.attach(attach).unwrap();
        let session = house.ask_for(&visitor, Ask::default()).unwrap();
        (visitor, session)
    };
    let (_u, beijing) = from("u", "北京");
    assert_eq!(house.holder(&ann, beijing).as_deref(), Some("ann"));
    let (_v, canton) = from("v", "广东省广州市");
    assert_eq!(house.holder(&ann, canton).as_deref(), Some("bob"));
    let (_w, shenzhen) = from("w", "广东省深圳市");
    assert_eq!(house.holder(&ann, shenzhen), None, "sales has room and isn't meant");
    let cay = house.online("cay", 1);
    assert_eq!(house.holder(&cay, shenzhen).as_deref(), Some("cay"), "the rules are united");
    drop(bob);
    house.whole();
}

// Q9

/// A policy with two skills, of which one is waived after a minute.
fn with_skills(draft: &mut Draft) {
    draft.skills = vec![skill("french"), skill("billing")];
    draft.departments[0].rings = vec![Ring { after_ms: MINUTE_MS, waives: vec![skill("billing")] }];
}

fn knowing(skills: &[&str]) -> SignOn {
    let sign_on = SignOn::new([department("sales")], Some(1));
    SignOn { skills: skills.iter().map(|id| skill(id)).collect(), ..sign_on }
}

#[test]
fn skills_that_are_needed_are_had_until_their_ring_waives_them() {
    let mut house = House::ruled(with_skills);
    let _ann = house.online("ann", 1);
    let bob = house.online_for(Role::Agent, "bob", knowing(&["french"]));
    let visitor = house.visitor("v");
    let skills = vec![skill("french"), skill("billing")];
    let session = house.ask_for(&visitor, Ask { skills, ..Ask::of(department("sales")) }).unwrap();
    assert_eq!(house.holder(&bob, session), None, "neither knows both");
    house.wait(MINUTE_MS - 1);
    assert_eq!(house.holder(&bob, session), None);
    house.wait(1);
    assert_eq!(house.holder(&bob, session).as_deref(), Some("bob"), "french is never waived");
    house.whole();
}

#[test]
fn a_tier_opens_with_time() {
    let mut house = House::ruled(|draft| {
        draft.departments[0].tiers = vec![Tier { tier: 2, after_ms: MINUTE_MS }];
    });
    let post = PostWish { tier: 2, ..PostWish::new(department("sales")) };
    let ann = SignOn { posts: vec![post], capacity: Some(5), ..SignOn::default() };
    let ann = house.online_for(Role::Agent, "ann", ann);
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    house.wait(MINUTE_MS - 1);
    assert_eq!(house.holder(&ann, session), None);
    house.wait(1);
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    house.whole();
}

// A3

#[test]
fn a_channel_weighs_as_the_policy_says() {
    let house = House::ruled(|draft| {
        draft.channels = vec![Channel { id: ChannelId::new("video").unwrap(), weight: 200 }];
    });
    let ann = house.online("ann", 3);
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let video =
        || Ask { channel: Some(ChannelId::new("video").unwrap()), ..Ask::of(department("sales")) };
    let first = house.ask_for(&visitors[0], video()).unwrap();
    let second = house.ask_for(&visitors[1], video()).unwrap();
    assert_eq!(house.holder(&ann, first).as_deref(), Some("ann"));
    assert_eq!(house.holder(&ann, second), None, "two and two are more than three");
    close(&house, &ann, first);
    assert_eq!(house.holder(&ann, second).as_deref(), Some("ann"));
    let third = house.ask(&visitors[2]);
    assert_eq!(house.holder(&ann, third).as_deref(), Some("ann"), "two and one are three");
    house.whole();
}

#[test]
fn an_agent_has_no_more_of_a_department_than_that_lets_it() {
    let house = House::ruled(|draft| draft.departments[0].agent_sessions_max = Some(1));
    let both = SignOn::new([department("sales"), department("support")], Some(5));
    let ann = house.online_for(Role::Agent, "ann", both);
    let visitors = ["u", "v", "w"].map(|id| house.visitor(id));
    let (first, second) = (house.ask(&visitors[0]), house.ask(&visitors[1]));
    assert_eq!(house.holder(&ann, first).as_deref(), Some("ann"));
    assert_eq!(house.holder(&ann, second), None, "one of sales is as many as it may have");
    let other = house.ask_for(&visitors[2], Ask::of(department("support"))).unwrap();
    assert_eq!(house.holder(&ann, other).as_deref(), Some("ann"), "support lets it have more");
    house.whole();
    close(&house, &ann, first);
    assert_eq!(house.holder(&ann, second).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn what_the_policy_does_not_name_is_refused_by_its_name_and_nobody_waits() {
    let house = House::ruled(with_skills);
    let visitor = house.visitor("v");
    let (moon, fax) = (department("moon"), ChannelId::new("fax").unwrap());
    for (ask, refusal) in [
        (Ask::of(moon.clone()), Refusal::UnknownDepartment(moon)),
        (Ask { channel: Some(fax.clone()), ..Ask::default() }, Refusal::UnknownChannel(fax)),
        (
            Ask { skills: vec![skill("french"), skill("golf")], ..Ask::default() },
            Refusal::UnknownSkill(skill("golf")),
        ),
        (
            Ask { skills: vec![skill("french"); 17], ..Ask::default() },
            Refusal::TooMany { field: "skills", max: 16 },
        ),
    ] {
        assert_eq!(house.ask_for(&visitor, ask), Err(refusal));
    }
    let ann = house.agent("ann");
    let unknown = house.submit(&ann, Command::SignOn(knowing(&["golf"])));
    assert_eq!(unknown, Err(Refusal::UnknownSkill(skill("golf"))));
    for (tier, weight, field, max) in
        [(10, 1, "tier", 9), (0, 1, "tier", 9), (1, 101, "weight", 100)]
    {
        let post = PostWish { tier, weight, ..PostWish::new(department("sales")) };
        let sign_on = SignOn { posts: vec![post], ..SignOn::default() };
        let refused = house.submit(&ann, Command::SignOn(sign_on));
        assert_eq!(refused, Err(Refusal::PostOutOfRange { field, max }));
    }
    assert_eq!(house.engine.counts(house.tenant).waiting, 0);
    house.whole();
}

// Q8

#[test]
fn a_returning_visitor_goes_first_to_the_agent_it_knew_for_a_bounded_time() {
    let mut house = House::ruled(|draft| draft.departments[0].sticky_ms = 30_000);
    let (ann, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    close(&house, &visitor, session);
    house.engine.detach(visitor.link, Departure::Leaving, house.now);
    let bob = house.online("bob", 5);
    let other = house.visitor("w");
    let others = house.ask_for(&other, for_agent("ann")).unwrap();
    assert_eq!(house.holder(&ann, others).as_deref(), Some("ann"));

    let visitor = house.visitor("v");
    let again = house.ask(&visitor);
    assert_eq!(house.holder(&bob, again), None, "bob has room, and ann may come free");
    house.whole();
    close(&house, &ann, others);
    assert_eq!(house.holder(&ann, again).as_deref(), Some("ann"));

    close(&house, &visitor, again);
    let others = house.ask_for(&other, for_agent("ann")).unwrap();
    let third = house.ask(&visitor);
    assert_eq!(house.holder(&ann, others).as_deref(), Some("ann"));
    house.wait(29_999);
    assert_eq!(house.holder(&bob, third), None);
    house.wait(1);
    assert_eq!(house.holder(&bob, third).as_deref(), Some("bob"), "not for ever");
    house.whole();
}

#[test]
fn who_knew_an_agent_that_is_not_online_waits_for_nobody() {
    let house = House::ruled(|draft| draft.departments[0].sticky_ms = 30_000);
    let (ann, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    close(&house, &visitor, session);
    house.set(&ann, Status::Away).unwrap();
    let bob = house.online("bob", 1);
    let again = house.ask(&visitor);
    assert_eq!(house.holder(&bob, again).as_deref(), Some("bob"));
    house.whole();
}

// Q10

fn open_on(day: Weekday) -> Schedule {
    Schedule {
        id: ScheduleId::new("office").unwrap(),
        zone: "Asia/Shanghai".into(),
        weekly: vec![WeeklySpan { day, from_minute: 9 * 60, until_minute: 18 * 60 }],
        special: vec![],
    }
}

#[test]
fn outside_its_hours_a_department_receives_nobody() {
    // The story begins at 2026-01-01 00:00 UTC: a Thursday, eight in the morning in Shanghai.
    let mut house = House::ruled(|draft| {
        draft.schedules = vec![open_on(Weekday::Thursday)];
        draft.departments[0].schedule = Some(ScheduleId::new("office").unwrap());
    });
    let mut ann = house.online("ann", 1);
    let mut visitor = house.visitor("v");
    house.ask(&visitor);
    assert_eq!(ends(&visitor.told()), [CloseCause::OutsideHours]);
    house.wait(60 * MINUTE_MS);
    let session = house.ask(&visitor);
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"), "it has opened");
    let mut next = house.visitor("w");
    let waits = house.ask(&next);
    house.wait(9 * 60 * MINUTE_MS);
    assert_eq!(ends(&next.told()), [], "who asked in time is received");
    let mut late = house.visitor("x");
    house.ask(&late);
    assert_eq!(ends(&late.told()), [CloseCause::OutsideHours]);
    assert_eq!(ends(&ann.told()), [], "who is served is served to the end");
    close(&house, &ann, session);
    assert_eq!(house.holder(&ann, waits).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn who_waits_long_enough_overflows_to_another_department() {
    let mut house = House::ruled(|draft| {
        draft.departments[0].overflow =
            vec![Overflow { after_ms: MINUTE_MS, to: department("support") }];
    });
    let bob = of_support(&house, "bob");
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    house.wait(MINUTE_MS - 1);
    assert_eq!(house.holder(&bob, session), None);
    house.wait(1);
    assert_eq!(house.holder(&bob, session).as_deref(), Some("bob"));
    house.whole();
}

#[test]
fn nobody_there_and_nobody_came_are_told_apart() {
    let mut house = House::ruled(|draft| {
        draft.departments[0].join = Join::Online;
        draft.departments[0].wait_max_ms = MINUTE_MS;
    });
    let mut visitor = house.visitor("v");
    house.ask(&visitor);
    assert_eq!(ends(&visitor.told()), [CloseCause::NobodyThere]);
    let ann = house.online("ann", 1);
    let other = house.visitor("w");
    let held = house.ask(&other);
    house.ask(&visitor);
    house.wait(MINUTE_MS - 1);
    assert_eq!(ends(&visitor.told()), []);
    house.wait(1);
    assert_eq!(ends(&visitor.told()), [CloseCause::NobodyCame]);
    assert_eq!(house.holder(&ann, held).as_deref(), Some("ann"));
    house.whole();
}

// Q5

#[test]
fn the_wait_is_estimated_once_it_can_be_known_and_does_not_grow_by_waiting() {
    let mut house = House::new();
    let ann = house.online("ann", 1);
    let estimates = |told: &[Delivery]| -> Vec<Option<Estimate>> {
        let estimates = told.iter().filter_map(|delivery| match delivery {
            Delivery::QueuePosition { estimate, .. } => Some(*estimate),
            _ => None,
        });
        estimates.collect()
    };
    let (visitor, mut early) = (house.visitor("v"), house.visitor("early"));
    let mut session = house.ask(&visitor);
    let asked_early = house.ask(&early);
    assert_eq!(estimates(&early.told()), [None], "nothing is known yet");
    close(&house, &early, asked_early);
    for _ in 0..5 {
        house.wait(2 * MINUTE_MS);
        close(&house, &ann, session);
        session = house.ask(&visitor);
    }
    let mut next = house.visitor("w");
    house.ask(&next);
    let told = estimates(&next.told());
    let [Some(Estimate { p50_ms, p90_ms })] = told[..] else { panic!("{told:?}") };
    assert!(p50_ms < 2 * MINUTE_MS && 2 * MINUTE_MS < p90_ms, "{p50_ms} {p90_ms}");
    house.wait(10 * MINUTE_MS);
    assert_eq!(estimates(&next.told()), [], "overdue, and told nothing worse");
    house.whole();
}

// Q11

#[test]
fn who_loses_its_agent_waits_at_the_head_or_like_a_newcomer() {
    for (agent_lost, place) in [(AgentLost::Head, 1), (AgentLost::Tail, 2)] {
        let mut house = House::ruled(|draft| draft.departments[0].agent_lost = agent_lost);
        let ann = house.online("ann", 1);
        let (mut visitor, next) = (house.visitor("v"), house.visitor("w"));
        let session = house.ask(&visitor);
        house.wait(1_000);
        house.ask(&next);
        visitor.told();
        house.engine.detach(ann.link, Departure::Dropped, house.now);
        house.wait(59_999);
        assert_eq!(visitor.told(), [], "the grace runs");
        house.wait(1);
        let told = visitor.told();
        assert!(matches!(told[0], Delivery::ParticipantLeft { number: 2, .. }), "{told:?}");
        assert_eq!(crate::house::positions(&told).last(), Some(&place), "{agent_lost:?}");
        let ann = house.agent("ann");
        assert_eq!(house.holder(&ann, session), None);
        let late = house.words("sorry");
        assert_eq!(house.say_words(&ann, session, late), Err(Refusal::NotInSession));
        house.whole();
    }
}
