//! A broker's no, and the reasons for which a link or a client is over.
//!
//! A refusal is a value, not a fault: the code says what happened, the advice what to do about it.

use std::fmt;
use std::time::Duration;

pub use frontdesk_proto::codes::Advice;
use frontdesk_proto::codes::advice;
use frontdesk_proto::v1;

/// Why the broker said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The number, as the broker gave it; see [`Refusal::known`].
    pub code: u32,
    /// What to do: from the number's range, so also for numbers that this version doesn't know.
    pub advice: Advice,
    /// A sentence for the person who reads it.
    pub message: String,
    /// When to try again, if the broker knows.
    pub retry_after: Option<Duration>,
    /// The field, id or permission that the code speaks of; may be empty.
    pub subject: String,
    /// What is wrong with a document: its first faults, at most 64, each with its place and what it must be.
    pub faults: Vec<v1::Fault>,
    /// Faults beyond those.
    pub more_faults: u32,
}

impl Refusal {
    /// The code by its name, if this version knows it.
    pub fn known(&self) -> Option<v1::Code> {
        i32::try_from(self.code).ok().and_then(|code| v1::Code::try_from(code).ok())
    }

    /// Whether the code is `code`.
    pub fn is(&self, code: v1::Code) -> bool {
        self.known() == Some(code)
    }

    pub(crate) fn from_wire(refused: v1::Refused) -> Self {
        let mut refusal = Self::of(refused.code.cast_unsigned(), refused.message);
        refusal.retry_after = milliseconds(refused.retry_after_ms);
        refusal.subject = refused.subject;
        refusal.faults = refused.faults;
        refusal.more_faults = refused.more_faults;
        refusal
    }

    pub(crate) fn from_go_away(go_away: v1::GoAway) -> Self {
        let mut refusal = Self::of(go_away.code.cast_unsigned(), go_away.message);
        refusal.retry_after = milliseconds(go_away.retry_after_ms);
        refusal
    }

    /// A code that came without more than a sentence.
    pub(crate) fn of(code: u32, message: String) -> Self {
        Self {
            code,
            advice: advice(code),
            message,
            retry_after: None,
            subject: String::new(),
            faults: Vec::new(),
            more_faults: 0,
        }
    }
}

fn milliseconds(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some(code) => write!(f, "{} ({})", code.as_str_name(), self.code)?,
            None => write!(f, "code {}", self.code)?,
        }
        if !self.subject.is_empty() {
            write!(f, " about '{}'", self.subject)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        f.write_str(match self.advice {
            Advice::CorrectIt => "; correct it before sending it again",
            Advice::ComeBackLater => "; come back later",
            Advice::Stop => "; don't come back with the same means",
        })?;
        match self.retry_after {
            Some(after) => write!(f, ", in {} ms", after.as_millis()),
            None => Ok(()),
        }
    }
}

/// Why a link, or the whole client, is over for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndReason {
    /// The program left or closed the client; attach again for another link.
    #[error("closed by this program; attach again for another link")]
    Closed,
    /// Another link of the same person took this one's place; attach again only on purpose.
    #[error("another link of the same person took this one's place; attach again only on purpose")]
    Replaced,
    /// The broker said stop, or refused to attach the link again.
    #[error("the broker ended it: {0}")]
    Refused(Refusal),
    /// The connection was lost and the options say not to reconnect, or not as often; connect anew.
    #[error("the connection was lost and will not be made again; connect anew")]
    ConnectionLost,
    /// The broker broke the protocol; report it with this sentence.
    #[error("the broker broke the protocol ({0}); report it")]
    Protocol(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_cause_subject_remedy_and_time() {
        let refusal = Refusal::from_wire(v1::Refused {
            code: v1::Code::RateLimited as i32,
            message: "Too many messages.".into(),
            retry_after_ms: 250,
            subject: "messages_per_s".into(),
            ..v1::Refused::default()
        });
        assert!(refusal.is(v1::Code::RateLimited));
        assert_eq!(refusal.advice, Advice::ComeBackLater);
        assert_eq!(
            refusal.to_string(),
            "CODE_RATE_LIMITED (2002) about 'messages_per_s': Too many messages.; come back later, in 250 ms"
        );
    }

    #[test]
    fn an_unknown_code_goes_by_its_range() {
        for (code, expected) in
            [(1999, Advice::CorrectIt), (2999, Advice::ComeBackLater), (3999, Advice::Stop)]
        {
            let refusal = Refusal::of(code, String::new());
            assert_eq!((refusal.known(), refusal.advice), (None, expected));
        }
    }
}
