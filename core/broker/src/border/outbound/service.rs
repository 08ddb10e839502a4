//! What is told of a session's terms at work.

use frontdesk_desk::delivery::ReplyDue;
use frontdesk_proto::v1;

pub(super) fn reply_due(due: ReplyDue) -> v1::ReplyDue {
    let ReplyDue { session, agent, department, due_wall_ms, is_first } = due;
    v1::ReplyDue {
        session: super::session(session),
        agent: agent.as_str().to_owned(),
        department: department.as_str().to_owned(),
        due_wall_ms,
        first: is_first,
    }
}
