//! What is told of a session's terms at work.

use frontdesk_desk::delivery::{Rated, RatingAsked, ReplyDue};
use frontdesk_desk::policy::form::Answer;
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

pub(super) fn rating_asked(asked: RatingAsked) -> v1::RatingAsked {
    let RatingAsked { session, score_max, tags } = asked;
    v1::RatingAsked {
        session: super::session(session),
        score_max: score_max.into(),
        tags: tags.into_iter().map(String::from).collect(),
    }
}

pub(super) fn rated(Rated { session, rating }: Rated) -> v1::Rated {
    v1::Rated {
        session: super::session(session),
        score: rating.score.into(),
        tags: rating.tags.into_iter().map(String::from).collect(),
        words: rating.words.into(),
    }
}

pub(super) fn form(answers: &[Answer]) -> Vec<v1::FormAnswer> {
    let answer = |Answer { field, value }: &Answer| v1::FormAnswer {
        field: field.to_string(),
        value: value.to_string(),
    };
    answers.iter().map(answer).collect()
}
