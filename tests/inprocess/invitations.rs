//! Rows I1 to I3: agents invite visitors who browse or force a session on them, rules invite by what is known of them.

use frontdesk::desk::delivery::{
    BeginCause, Delivery, InvitationOutcome, InvitationView, Inviter, Status,
};
use frontdesk::desk::fact::Event;
use frontdesk::desk::floor::INVITATIONS_MAX;
use frontdesk::desk::id::{
    AgentId, InvitationId, InvitationRuleId, ScheduleId, SessionId, VisitorId,
};
use frontdesk::desk::policy::Draft;
use frontdesk::desk::policy::hours::{Schedule, Weekday, WeeklySpan};
use frontdesk::desk::policy::invitations::{INVITATION_BYTES_MAX, InvitationRule, Whom};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::{Answer, Command, Departure, Reply, SignOn, VisitorAttach};

use crate::house::{House, Seat, department};

fn invite(house: &House, agent: &Seat, visitor: &str) -> Result<InvitationId, Refusal> {
    invite_with(house, agent, visitor, "May I help?")
}

fn invite_with(
    house: &House,
    agent: &Seat,
    visitor: &str,
    text: &str,
) -> Result<InvitationId, Refusal> {
    let visitor = VisitorId::new(visitor).unwrap();
    let invite = Command::Invite { visitor, department: None, text: text.into() };
    match house.submit(agent, invite)? {
        Reply::Invited { invitation, .. } => Ok(invitation),
        other => panic!("{other:?} is no answer to an invite"),
    }
}

fn force(house: &House, agent: &Seat, visitor: &str) -> Result<SessionId, Refusal> {
    let visitor = VisitorId::new(visitor).unwrap();
    let Reply::Asked(asked) =
        house.submit(agent, Command::ForceSession { visitor, department: None })?
    else {
        panic!("no answer to a force")
    };
    Ok(asked.session)
}

fn answer(
    house: &House,
    visitor: &Seat,
    invitation: InvitationId,
    answer: Answer,
) -> Result<Reply, Refusal> {
    house.submit(visitor, Command::AnswerInvitation { invitation, answer })
}

fn accept(house: &House, visitor: &Seat, invitation: InvitationId) -> Result<SessionId, Refusal> {
    match answer(house, visitor, invitation, Answer::Accept)? {
        Reply::Asked(asked) => Ok(asked.session),
        other => panic!("{other:?} is no answer to who accepts"),
    }
}

fn shown(seat: &mut Seat) -> Vec<InvitationView> {
    let told = seat.told().into_iter().filter_map(|delivery| match delivery {
        Delivery::InvitationShown(view) => Some(*view),
        _ => None,
    });
    told.collect()
}

fn ended(seat: &mut Seat) -> Vec<(InvitationId, InvitationOutcome)> {
    let told = seat.told().into_iter().filter_map(|delivery| match delivery {
        Delivery::InvitationEnded { invitation, outcome, .. } => Some((invitation, outcome)),
        _ => None,
    });
    told.collect()
}

/// An agent of sales who gets nothing by itself.
fn busy(house: &House, id: &str, capacity: u16) -> Seat {
    let agent = house.agent(id);
    house.sign_on(&agent, capacity).unwrap();
    house.set(&agent, Status::Busy).unwrap();
    agent
}

#[test]
fn an_invited_visitor_who_accepts_has_the_agent_who_invited_it() {
    let house = House::new();
    let (mut ann, bob) = (busy(&house, "ann", 1), house.online("bob", 5));
    let mut mia = house.visitor("mia");
    let invitation = invite(&house, &ann, "mia").unwrap();
    let views = shown(&mut mia);
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].invitation, invitation);
    assert_eq!(views[0].by, Inviter::Agent(AgentId::new("ann").unwrap()));
    assert_eq!(views[0].department, Some(department("sales")));
    assert_eq!(
        (&*views[0].text, views[0].until_wall_ms),
        ("May I help?", house.now.wall_ms + 60_000)
    );
    house.whole();

    let session = accept(&house, &mia, invitation).unwrap();
    assert_eq!(
        house.holder(&bob, session).as_deref(),
        Some("ann"),
        "not to whom the department would"
    );
    let outcome = InvitationOutcome::Accepted(session);
    assert_eq!(ended(&mut mia), [(invitation, outcome)]);
    assert_eq!(ended(&mut ann), [(invitation, outcome)]);
    // Sent again, as a client does that has lost the answer.
    assert_eq!(accept(&house, &mia, invitation), Ok(session));
    let asked = house.facts().into_iter().find_map(|event| match event {
        Event::SessionAsked { begin, .. } => Some(begin),
        _ => None,
    });
    assert_eq!(asked, Some(BeginCause::Invitation));
    house.whole();
}

#[test]
fn an_invitation_is_shown_to_each_link_and_ends_once_by_its_outcome() {
    let mut house = House::new();
    let mut ann = busy(&house, "ann", 3);
    let mut mia = house.visitor("mia");
    let outcomes =
        |seat: &mut Seat| ended(seat).into_iter().map(|(_, how)| how).collect::<Vec<_>>();

    let declined = invite(&house, &ann, "mia").unwrap();
    let mut tab = house.visitor("mia");
    assert_eq!(shown(&mut tab).len(), 1, "a link that comes up is shown it too");
    assert_eq!(answer(&house, &tab, declined, Answer::Decline), Ok(Reply::Done));
    assert_eq!(answer(&house, &mia, declined, Answer::Accept), Err(Refusal::InvitationEnded));
    invite(&house, &ann, "mia")
        .map(|one| answer(&house, &mia, one, Answer::Ignore))
        .unwrap()
        .unwrap();
    let withdrawn = invite(&house, &ann, "mia").unwrap();
    let visitor = VisitorId::new("mia").unwrap();
    let withdraw = Command::WithdrawInvitation { visitor: visitor.clone(), invitation: withdrawn };
    assert_eq!(house.submit(&ann, withdraw.clone()), Ok(Reply::Done));
    assert_eq!(house.submit(&ann, withdraw), Err(Refusal::InvitationEnded));
    invite(&house, &ann, "mia").unwrap();
    house.wait(59_000);
    house.whole();
    house.wait(1_200);
    invite(&house, &ann, "mia").unwrap();
    let session = house.ask(&mia);
    let all = [
        InvitationOutcome::Declined,
        InvitationOutcome::Ignored,
        InvitationOutcome::Withdrawn,
        InvitationOutcome::Expired,
        InvitationOutcome::SessionBegan(session),
    ];
    assert_eq!(outcomes(&mut mia), all);
    assert_eq!(outcomes(&mut tab), all);
    assert_eq!(outcomes(&mut ann), all);
    let kept = house.facts().into_iter().filter_map(|event| match event {
        Event::InvitationEnded { outcome, .. } => Some(outcome),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), all);
    house.whole();
}

#[test]
fn an_invitation_outlives_a_lost_connection_and_ends_with_the_visitor() {
    let mut house = House::new();
    let mut ann = busy(&house, "ann", 3);
    let mia = house.visitor("mia");
    house.engine.detach(mia.link, Departure::Dropped, house.now);
    let invitation = invite(&house, &ann, "mia").unwrap();
    let mut again = house.visitor("mia");
    assert_eq!(shown(&mut again)[0].invitation, invitation);
    house.engine.detach(again.link, Departure::Dropped, house.now);
    house.whole();
    house.wait(59_000);
    assert_eq!(ended(&mut ann), []);
    house.wait(2_000);
    let outcomes: Vec<_> = ended(&mut ann).into_iter().map(|(_, outcome)| outcome).collect();
    // The grace and the invitation end in the same moment here; the visitor's end comes first.
    assert_eq!(outcomes, [InvitationOutcome::VisitorGone]);
    let leo = house.visitor("leo");
    invite(&house, &ann, "leo").unwrap();
    house.engine.detach(leo.link, Departure::Leaving, house.now);
    let outcomes: Vec<_> = ended(&mut ann).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [InvitationOutcome::VisitorGone]);
    house.whole();
}

#[test]
fn who_accepts_when_its_inviter_is_full_waits_like_others() {
    let house = House::new();
    let ann = busy(&house, "ann", 1);
    let (mia, leo) = (house.visitor("mia"), house.visitor("leo"));
    let to_mia = invite(&house, &ann, "mia").unwrap();
    let to_leo = invite(&house, &ann, "leo").unwrap();
    let first = accept(&house, &mia, to_mia).unwrap();
    let second = accept(&house, &leo, to_leo).unwrap();
    assert_eq!(house.holder(&ann, first).as_deref(), Some("ann"));
    assert_eq!(house.holder(&ann, second), None, "no invitation exceeds a capacity");
    house.submit(&mia, Command::Close { session: first }).unwrap();
    house.set(&ann, Status::Online).unwrap();
    assert_eq!(house.holder(&ann, second).as_deref(), Some("ann"));
    house.whole();
}

#[test]
fn who_accepts_when_its_inviter_is_out_of_reach_or_receives_elsewhere_has_another() {
    let house = House::new();
    let (ann, bob) = (busy(&house, "ann", 2), house.online("bob", 5));
    let (mia, leo) = (house.visitor("mia"), house.visitor("leo"));
    let to_mia = invite(&house, &ann, "mia").unwrap();
    let to_leo = invite(&house, &ann, "leo").unwrap();
    house.engine.detach(ann.link, Departure::Dropped, house.now);
    let first = accept(&house, &mia, to_mia).unwrap();
    assert_eq!(house.holder(&bob, first).as_deref(), Some("bob"), "nobody sees ann's screen");
    let back = house.agent("ann");
    let support = SignOn::new([department("support")], Some(2));
    house.submit(&back, Command::SignOn(support)).unwrap();
    let second = accept(&house, &leo, to_leo).unwrap();
    assert_eq!(house.holder(&bob, second).as_deref(), Some("bob"), "ann receives elsewhere now");
    house.whole();
}

#[test]
fn who_asks_by_itself_is_looked_at_by_no_rule_any_more() {
    let mut house = ruled(vec![rule("all", |_| ())], |draft| draft.invitations.pause_ms = 5_000);
    let _ann = house.online("ann", 5);
    let mia = house.visitor("mia");
    house.wait(1_000);
    house.ask(&mia);
    house.whole();
    house.wait(5_200);
    house.whole();
}

#[test]
fn a_forced_session_opens_at_once_with_the_agent_who_forces_it() {
    let house = House::new();
    let (mut ann, bob) = (busy(&house, "ann", 1), house.online("bob", 5));
    let mut mia = house.visitor("mia");
    let invitation = invite(&house, &bob, "mia").unwrap();
    let session = force(&house, &ann, "mia").unwrap();
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    let begins = mia.told().into_iter().filter_map(|delivery| match delivery {
        Delivery::SessionOpened(view) => Some((view.session, view.begin)),
        Delivery::InvitationEnded { invitation: one, outcome, .. } => {
            assert_eq!((one, outcome), (invitation, InvitationOutcome::SessionBegan(session)));
            None
        }
        _ => None,
    });
    assert_eq!(begins.collect::<Vec<_>>(), [(session, BeginCause::Forced)]);
    assert!(
        ann.told()
            .iter()
            .any(|told| matches!(told, Delivery::SessionOpened(view) if view.session == session))
    );

    house.visitor("leo");
    assert_eq!(force(&house, &bob, "mia"), Err(Refusal::VisitorInSession));
    assert_eq!(force(&house, &ann, "leo"), Err(Refusal::AgentFull));
    house.whole();
}

#[test]
fn whom_an_agent_may_not_invite_is_refused_by_its_reason() {
    let house = House::new();
    let (ann, bob) = (busy(&house, "ann", 1), busy(&house, "bob", 1));
    let mia = house.visitor("mia");
    let early = house.agent("cay");
    assert_eq!(invite(&house, &early, "mia"), Err(Refusal::NotSignedOn));
    assert_eq!(invite(&house, &mia, "mia"), Err(Refusal::AgentsOnly));
    assert_eq!(invite(&house, &ann, "nobody"), Err(Refusal::VisitorNotFound));
    let long = "x".repeat(INVITATION_BYTES_MAX + 1);
    let too_long = Refusal::TooLong { field: "text", bytes_max: INVITATION_BYTES_MAX };
    assert_eq!(invite_with(&house, &ann, "mia", &long), Err(too_long));
    let visitor = VisitorId::new("mia").unwrap();
    let elsewhere = |id: &str| Command::Invite {
        visitor: visitor.clone(),
        department: Some(department(id)),
        text: "".into(),
    };
    let other = Refusal::OtherDepartment(department("support"));
    assert_eq!(house.submit(&ann, elsewhere("support")), Err(other));
    let unknown = Refusal::UnknownDepartment(department("moon"));
    assert_eq!(house.submit(&ann, elsewhere("moon")), Err(unknown));

    let invitation = invite(&house, &ann, "mia").unwrap();
    assert_eq!(invite(&house, &ann, "mia"), Ok(invitation), "its own stays");
    assert_eq!(invite(&house, &bob, "mia"), Err(Refusal::InvitedAlready));
    let withdraw = Command::WithdrawInvitation { visitor, invitation };
    assert_eq!(house.submit(&bob, withdraw), Err(Refusal::InvitationEnded), "another's");
    let stranger = house.visitor("leo");
    assert_eq!(
        answer(&house, &stranger, invitation, Answer::Accept),
        Err(Refusal::InvitationEnded)
    );
    assert_eq!(answer(&house, &ann, invitation, Answer::Accept), Err(Refusal::VisitorsOnly));
    accept(&house, &mia, invitation).unwrap();
    assert_eq!(invite(&house, &bob, "mia"), Err(Refusal::VisitorInSession));
    assert_eq!(invite(&house, &ann, "leo"), Err(Refusal::AgentFull));
    house.whole();
}

#[test]
fn an_agent_has_so_many_invitations_shown_and_no_more() {
    let house = House::new();
    let ann = busy(&house, "ann", 5);
    let visitors: Vec<_> = (0..=INVITATIONS_MAX).map(|n| house.visitor(&format!("v{n}"))).collect();
    let shown: Vec<_> =
        (0..INVITATIONS_MAX).map(|n| invite(&house, &ann, &format!("v{n}")).unwrap()).collect();
    let max = INVITATIONS_MAX.into();
    let one_more = || invite(&house, &ann, &format!("v{INVITATIONS_MAX}"));
    assert_eq!(one_more(), Err(Refusal::LimitReached { what: "invitations of one agent", max }));
    assert_eq!(invite(&house, &ann, "v5"), Ok(shown[5]), "said again it is the same");
    house.whole();
    answer(&house, &visitors[3], shown[3], Answer::Decline).unwrap();
    one_more().unwrap();
    house.whole();
}

/// A rule that always holds, and what a test changes in it.
fn rule(id: &str, change: impl FnOnce(&mut InvitationRule)) -> InvitationRule {
    let mut rule = InvitationRule::new(InvitationRuleId::new(id).unwrap());
    change(&mut rule);
    rule
}

fn ruled(rules: Vec<InvitationRule>, change: impl FnOnce(&mut Draft)) -> House {
    House::ruled(|draft| {
        draft.invitations.rules = rules;
        change(draft);
    })
}

fn on_page(house: &House, id: &str, url: &str) -> VisitorAttach {
    VisitorAttach { page: Some(house.engine.page(url, "").unwrap()), ..house.arrival(id) }
}

fn view(house: &House, visitor: &Seat, url: &str) {
    let page = house.engine.page(url, "").unwrap();
    house.submit(visitor, Command::ViewPage(page)).unwrap();
}

#[test]
fn a_rule_invites_who_stays_on_a_page_and_the_department_receives_who_accepts() {
    let beds = rule("beds", |rule| {
        rule.addresses = vec!["*/beds/*".into()];
        rule.page_ms = 20_000;
        rule.department = Some(department("sales"));
        rule.text = "Which bed?".into();
    });
    let mut house = ruled(vec![beds], |_| ());
    let ann = house.online("ann", 2);
    let mut mia = house.visitor("mia");
    house.wait(30_000);
    assert_eq!(shown(&mut mia), [], "not on such a page");
    view(&house, &mia, "https://acme.example/beds/oak");
    house.wait(19_000);
    house.whole();
    view(&house, &mia, "https://acme.example/beds/pine");
    house.wait(19_000);
    assert_eq!(shown(&mut mia), [], "not for so long on this one");
    house.wait(1_200);
    let views = shown(&mut mia);
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].by, Inviter::Rule(InvitationRuleId::new("beds").unwrap()));
    assert_eq!(&*views[0].text, "Which bed?");
    house.whole();
    let session = accept(&house, &mia, views[0].invitation).unwrap();
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    house.submit(&mia, Command::Close { session }).unwrap();
    house.wait(600_000);
    view(&house, &mia, "https://acme.example/beds/elm");
    house.wait(600_000);
    assert_eq!(shown(&mut mia), [], "who has had its talk is left alone");
    house.whole();
}

#[test]
fn rules_invite_only_while_somebody_is_free_and_in_the_end_everybody() {
    let one_each = |draft: &mut Draft| draft.invitations.per_free_agent_max = 1;
    let mut house = ruled(vec![rule("all", |_| ())], one_each);
    let mut seats = vec![house.visitor("early")];
    assert_eq!(shown(&mut seats[0]), [], "nobody is there");
    let ann = house.online("ann", 1);
    seats.extend((0..3).map(|n| house.visitor(&format!("v{n}"))));
    let mut shown_now: i32 = 0;
    let mut invited = [0; 4];
    // While somebody else is invited the others are looked at ever more rarely.
    for _ in 0..1_200 {
        for (seat, invited) in seats.iter_mut().zip(&mut invited) {
            for delivery in seat.told() {
                match delivery {
                    Delivery::InvitationShown(_) => {
                        (shown_now, *invited) = (shown_now + 1, *invited + 1)
                    }
                    Delivery::InvitationEnded { .. } => shown_now -= 1,
                    _ => {}
                }
            }
        }
        assert!((0..=1).contains(&shown_now), "one is free, and {shown_now} are invited");
        house.wait(1_000);
    }
    assert_eq!(invited, [1; 4]);
    house.whole();

    house.set(&ann, Status::Away).unwrap();
    let mut late = house.visitor("late");
    house.wait(700_000);
    assert_eq!(shown(&mut late), []);
    house.whole();
}

#[test]
fn a_visitor_is_invited_by_rules_as_often_as_the_caps_let_it() {
    let twice = |draft: &mut Draft| {
        draft.invitations.per_visit_max = 2;
        draft.invitations.pause_ms = 30_000;
    };
    let mut house = ruled(vec![rule("all", |_| ())], twice);
    let _ann = house.online("ann", 5);
    let mut mia = house.visitor("mia");
    let first = shown(&mut mia)[0].invitation;
    answer(&house, &mia, first, Answer::Ignore).unwrap();
    house.wait(29_000);
    assert_eq!(shown(&mut mia), [], "the pause");
    house.wait(1_200);
    let second = shown(&mut mia)[0].invitation;
    assert_ne!(first, second);
    answer(&house, &mia, second, Answer::Ignore).unwrap();
    house.wait(600_000);
    assert_eq!(shown(&mut mia), [], "two a visit");

    let mut leo = house.visitor("leo");
    let only = shown(&mut leo)[0].invitation;
    answer(&house, &leo, only, Answer::Decline).unwrap();
    house.wait(600_000);
    assert_eq!(shown(&mut leo), [], "who declines isn't asked again");
    house.whole();
    house.engine.detach(leo.link, Departure::Leaving, house.now);
    let mut again = house.visitor("leo");
    assert_eq!(shown(&mut again).len(), 1, "another visit");
    house.whole();
}

#[test]
fn visitors_who_have_gone_leave_a_bounded_number_of_deadlines() {
    let late = rule("late", |rule| rule.visit_ms = 600_000);
    let mut house = ruled(vec![late], |_| ());
    let mut stays = house.visitor("stays");
    let _ann = house.online("ann", 1);
    let some: Vec<_> = (0..500).map(|n| house.visitor(&format!("some-{n}"))).collect();
    for n in 0..2_000 {
        let seat = house.visitor(&format!("v-{n}"));
        house.engine.detach(seat.link, Departure::Leaving, house.now);
    }
    // The proof counts them.
    house.whole();
    for seat in some {
        house.engine.detach(seat.link, Departure::Leaving, house.now);
    }
    house.whole();
    house.wait(600_200);
    assert_eq!(shown(&mut stays).len(), 1, "what is due is still looked at");
    house.whole();
}

#[test]
fn rules_look_at_where_a_visitor_comes_from_and_whether_it_is_new() {
    let rules = vec![
        rule("back", |rule| rule.whom = Whom::Returning),
        rule("searched", |rule| {
            rule.keywords = vec!["*bed*".into()];
            rule.referrers = vec!["https://search.example/*".into()];
            rule.regions = vec!["广东".into()];
        }),
        rule("reader", |rule| rule.pages_min = 3),
    ];
    let house = ruled(rules, |_| ());
    let _ann = house.online("ann", 50);
    let by = |seat: &mut Seat| -> Vec<String> {
        let rules = shown(seat).into_iter().map(|view| match view.by {
            Inviter::Rule(rule) => rule.as_str().to_owned(),
            Inviter::Agent(agent) => panic!("{agent} didn't"),
        });
        rules.collect()
    };
    let mut attach = on_page(&house, "mia", "https://acme.example/");
    attach.arrival.keyword = "oak bed".into();
    attach.arrival.referrer = "https://search.example/?q=oak".into();
    let mut elsewhere = house.attach(attach.clone()).unwrap();
    assert_eq!(by(&mut elsewhere), [""; 0], "from another region");
    view(&house, &elsewhere, "https://acme.example/2");
    view(&house, &elsewhere, "https://acme.example/3");
    assert_eq!(by(&mut elsewhere), ["reader"]);
    house.engine.detach(elsewhere.link, Departure::Leaving, house.now);
    let mut back = house.attach(attach.clone()).unwrap();
    assert_eq!(by(&mut back), ["back"], "the first rule that holds");
    attach.visitor = VisitorId::new("leo").unwrap();
    attach.arrival.region = "广东省".into();
    let mut searched = house.attach(attach).unwrap();
    assert_eq!(by(&mut searched), ["searched"]);
    house.whole();
}

#[test]
fn a_rule_with_hours_invites_within_them_whatever_becomes_of_the_clock_and_the_policy() {
    const HOUR_MS: u64 = 3_600_000;
    let hours = |from: u16, until: u16| {
        // 1970-01-01 was a Thursday.
        let day = Weekday::Thursday;
        let span = WeeklySpan { day, from_minute: from * 60, until_minute: until * 60 };
        let id = ScheduleId::new("hours").unwrap();
        Schedule { id, zone: "UTC".into(), weekly: vec![span], special: Vec::new() }
    };
    let open = rule("open", |rule| rule.schedule = Some(ScheduleId::new("hours").unwrap()));
    let mut house = ruled(vec![open], |draft| draft.schedules.push(hours(9, 17)));
    let _ann = house.online("ann", 50);
    let is_invited_at = |house: &mut House, hour: u64| {
        house.now.wall_ms = hour * HOUR_MS;
        let mut seat = house.visitor(&format!("v-{hour}"));
        let is_invited = !shown(&mut seat).is_empty();
        house.engine.detach(seat.link, Departure::Leaving, house.now);
        is_invited
    };
    for (hour, invited) in [(10, true), (16, true), (8, false), (11, true), (17, false), (9, true)]
    {
        assert_eq!(is_invited_at(&mut house, hour), invited, "at {hour}");
    }
    let mut draft: Draft = (**house.engine.policy(house.tenant).unwrap()).clone();
    draft.schedules = vec![hours(12, 13)];
    house.engine.replace_policy(house.tenant, draft, None, house.now).unwrap();
    for (hour, invited) in [(10, false), (12, true), (16, false)] {
        assert_eq!(is_invited_at(&mut house, hour), invited, "at {hour} by another policy");
    }
    house.whole();
}

#[test]
fn the_switch_turns_all_invitations_off_and_what_is_shown_may_still_be_answered() {
    let rules = vec![rule("all", |_| ())];
    let mut house = ruled(rules, |_| ());
    let ann = house.online("ann", 5);
    let mut mia = house.visitor("mia");
    let invitation = shown(&mut mia)[0].invitation;
    let mut draft: Draft = (**house.engine.policy(house.tenant).unwrap()).clone();
    draft.invitations.enabled = false;
    house.engine.replace_policy(house.tenant, draft, None, house.now).unwrap();
    let mut leo = house.visitor("leo");
    assert_eq!(shown(&mut leo), []);
    assert_eq!(invite(&house, &ann, "leo"), Err(Refusal::InvitationsOff));
    assert_eq!(force(&house, &ann, "leo"), Err(Refusal::InvitationsOff));
    house.whole();
    let session = accept(&house, &mia, invitation).unwrap();
    assert_eq!(house.holder(&ann, session).as_deref(), Some("ann"));
    house.wait(700_000);
    house.whole();
}

#[test]
fn whom_a_block_shuts_out_is_invited_no_more_and_its_agent_is_told() {
    let house = House::new();
    let mut ann = busy(&house, "ann", 3);
    let _mia = house.visitor("mia");
    invite(&house, &ann, "mia").unwrap();
    let target = frontdesk::desk::block::Target::Visitor(VisitorId::new("mia").unwrap());
    house.submit(&ann, Command::Block { target, for_ms: None, reason: "".into() }).unwrap();
    let outcomes: Vec<_> = ended(&mut ann).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [InvitationOutcome::VisitorGone]);
    house.whole();
}
