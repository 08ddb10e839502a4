//! From the wire inward, as far as it concerns a session's terms at work: forms, rating, clearing away.

use frontdesk_desk::floor::SUMMARY_BYTES_MAX;
use frontdesk_desk::id::ID_BYTES_MAX;
use frontdesk_desk::policy::form::{Answer, FIELDS_MAX, FORM_BYTES_MAX};
use frontdesk_desk::policy::terms::{TAG_BYTES_MAX, TAGS_MAX, TOPIC_BYTES_MAX};
use frontdesk_desk::session::RATING_BYTES_MAX;
use frontdesk_engine::{Clearing, Command, Rating};
use frontdesk_proto::v1;

use super::session;
use crate::border::Refused;

pub(super) fn form(answers: &[v1::FormAnswer]) -> Result<Vec<Answer>, Refused> {
    if answers.len() > FIELDS_MAX {
        return Err(Refused::bad_value("form", "a form has at most 16 fields"));
    }
    let answer = |answer: &v1::FormAnswer| {
        let v1::FormAnswer { field, value } = answer;
        short("form.field", field, ID_BYTES_MAX)?;
        short("form.value", value, FORM_BYTES_MAX)?;
        Ok(Answer { field: field.as_str().into(), value: value.as_str().into() })
    };
    answers.iter().map(answer).collect()
}

pub(super) fn rate(rate: v1::Rate) -> Result<Command, Refused> {
    let score = u8::try_from(rate.score)
        .map_err(|_| Refused::bad_value("score", "a score is at most `RatingAsked.score_max`"))?;
    if rate.tags.len() > TAGS_MAX {
        return Err(Refused::bad_value("tags", "a rating has at most 32 tags"));
    }
    rate.tags.iter().try_for_each(|tag| short("tags", tag, TAG_BYTES_MAX))?;
    short("words", &rate.words, RATING_BYTES_MAX)?;
    let tags = rate.tags.into_iter().map(String::into_boxed_str).collect();
    let rating = Rating { score, tags, words: rate.words.into() };
    Ok(Command::Rate { session: session(&rate.session)?, rating })
}

pub(super) fn ask_rating(ask: &v1::AskRating) -> Result<Command, Refused> {
    Ok(Command::AskRating { session: session(&ask.session)? })
}

pub(super) fn clear_away(clear: v1::ClearAway) -> Result<Command, Refused> {
    short("topic", &clear.topic, TOPIC_BYTES_MAX)?;
    short("summary", &clear.summary, SUMMARY_BYTES_MAX)?;
    let clearing = Clearing { topic: clear.topic.into(), summary: clear.summary.into() };
    Ok(Command::ClearAway { session: session(&clear.session)?, clearing: Box::new(clearing) })
}

fn short(field: &'static str, text: &str, bytes_max: usize) -> Result<(), Refused> {
    if text.len() > bytes_max { Err(Refused::too_long(field, bytes_max)) } else { Ok(()) }
}
