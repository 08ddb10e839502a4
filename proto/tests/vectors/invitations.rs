//! What the vectors of invitations say.

use frontdesk_proto::v1::{
    AnswerInvitation, ForceSession, InvitationAnswer, InvitationEnded, InvitationOutcome,
    InvitationShown, Invite, Invited, WithdrawInvitation, command, delivery,
};

use crate::expected::{WALL_MS, epoch, session};

pub(crate) fn commands() -> Vec<(&'static str, u32, u32, command::Command)> {
    use command::Command as C;
    let (visitor, department) = (String::from("v-1"), String::from("sales"));
    let invite = Invite {
        visitor: visitor.clone(),
        department: department.clone(),
        text: "需要帮忙吗".into(),
    };
    let force = ForceSession { visitor: visitor.clone(), department };
    let withdraw = WithdrawInvitation { visitor, invitation: epoch() };
    let answer = InvitationAnswer::Ignore.into();
    let answer = AnswerInvitation { invitation: epoch(), answer };
    vec![
        ("invite", 2, 50, C::Invite(invite)),
        ("force_session", 2, 51, C::ForceSession(force)),
        ("withdraw_invitation", 2, 52, C::WithdrawInvitation(withdraw)),
        ("answer_invitation", 1, 53, C::AnswerInvitation(answer)),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, u32, u32, delivery::Reply)> {
    let invited = Invited { invitation: epoch(), until_wall_ms: WALL_MS };
    vec![("invited", 2, 50, delivery::Reply::Invited(invited))]
}

pub(crate) fn events() -> Vec<(&'static str, u32, delivery::Event)> {
    use delivery::Event as E;
    let shown = InvitationShown {
        invitation: epoch(),
        agent: "anna".into(),
        rule: "beds".into(),
        department: "sales".into(),
        text: "需要帮忙吗".into(),
        until_wall_ms: WALL_MS,
    };
    let ended = InvitationEnded {
        invitation: epoch(),
        visitor: "v-1".into(),
        outcome: InvitationOutcome::SessionBegan.into(),
        session: session(),
    };
    vec![
        ("invitation_shown", 1, E::InvitationShown(shown)),
        ("invitation_ended", 2, E::InvitationEnded(ended)),
    ]
}
