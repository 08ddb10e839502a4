//! What the vectors of transfers, guests and supervision say.

use frontdesk_proto::v1::{
    Asking, ColleagueInvitationEnded, EndSession, HandingOutcome, InviteColleague, JoinSession,
    LeaveSession, Participant, ParticipantChanged, PassOn, ReadTransferTargets, Role,
    SessionWatched, SetSeen, Status, TakeOver, TargetAgent, TargetDepartment, Transfer,
    TransferEnded, TransferTarget, TransferTargets, WithdrawOffer, command, delivery,
    invite_colleague, transfer, transfer_target,
};

use crate::expected::{WALL_MS, link_token, session};

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let session = session();
    let to_department = Transfer {
        session: session.clone(),
        to: Some(transfer::To::Department("售后".into())),
        note: "要发票".into(),
        wait: true,
        over_capacity: true,
    };
    let to_agent = Transfer {
        session: session.clone(),
        to: Some(transfer::To::Agent("bob".into())),
        ..Transfer::default()
    };
    let one = InviteColleague {
        session: session.clone(),
        whom: Some(invite_colleague::Whom::Agent("bob".into())),
        note: "常客".into(),
        unseen: true,
    };
    let some = InviteColleague {
        session: session.clone(),
        whom: Some(invite_colleague::Whom::Department("售后".into())),
        ..InviteColleague::default()
    };
    let join = JoinSession { session: session.clone(), unseen: true };
    let pass = PassOn { session: session.clone(), agent: "bob".into(), over_capacity: true };
    let read = ReadTransferTargets { after: Some(agent("bob")), rows: 200 };
    vec![
        ("transfer", 2, 80, C::Transfer(to_department)),
        ("transfer_to_agent", 2, 80, C::Transfer(to_agent)),
        ("withdraw_offer", 2, 81, C::WithdrawOffer(WithdrawOffer { offer: link_token() })),
        ("invite_colleague", 2, 82, C::InviteColleague(one)),
        ("invite_colleagues", 2, 82, C::InviteColleague(some)),
        ("join_session", 3, 83, C::JoinSession(join)),
        ("leave_session", 3, 84, C::LeaveSession(LeaveSession { session: session.clone() })),
        ("set_seen", 3, 85, C::SetSeen(SetSeen { session: session.clone(), seen: true })),
        ("pass_on", 2, 86, C::PassOn(pass)),
        (
            "take_over",
            3,
            87,
            C::TakeOver(TakeOver { session: session.clone(), over_capacity: true }),
        ),
        ("end_session", 3, 88, C::EndSession(EndSession { session })),
        ("read_transfer_targets", 2, 89, C::ReadTransferTargets(read)),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    let targets = TransferTargets {
        recent: vec![department("售后"), agent("bob")],
        departments: vec![TargetDepartment {
            department: "sales".into(),
            online: 3,
            free: 2,
            waiting: 300,
            closed: true,
        }],
        agents: vec![TargetAgent {
            agent: "robo".into(),
            status: Status::Online.into(),
            free: 5,
            bot: true,
        }],
        next: Some(department("sales")),
    };
    vec![
        ("asking", 2, 80, delivery::Reply::Asking(asking())),
        ("transfer_targets", 2, 89, delivery::Reply::TransferTargets(targets)),
    ]
}

pub(crate) fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let transfer = TransferEnded {
        session: session(),
        offer: link_token(),
        outcome: HandingOutcome::TimedOut.into(),
        agent: "bob".into(),
    };
    let invitation = ColleagueInvitationEnded {
        session: session(),
        offer: link_token(),
        outcome: HandingOutcome::SessionEnded.into(),
        agent: String::new(),
    };
    let bob = Participant {
        number: 3,
        role: Role::Agent.into(),
        id: "bob".into(),
        present: true,
        ..Participant::default()
    };
    let changed = ParticipantChanged { session: session(), participant: Some(bob) };
    let watched = SessionWatched { session: session(), by: "sue".into(), watches: true };
    vec![
        ("transfer_ended", 2, E::TransferEnded(transfer)),
        ("colleague_invitation_ended", 2, E::ColleagueInvitationEnded(invitation)),
        ("asked_next", 2, E::AskedNext(asking())),
        ("participant_changed", 2, E::ParticipantChanged(changed)),
        ("session_watched", 2, E::SessionWatched(watched)),
    ]
}

fn asking() -> Asking {
    Asking { offer: link_token(), session: session(), agent: "bob".into(), until_wall_ms: WALL_MS }
}

fn agent(id: &str) -> TransferTarget {
    TransferTarget { who: Some(transfer_target::Who::Agent(id.into())) }
}

fn department(id: &str) -> TransferTarget {
    TransferTarget { who: Some(transfer_target::Who::Department(id.into())) }
}
