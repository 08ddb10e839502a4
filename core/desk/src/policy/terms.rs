//! The terms of sessions: what holds in the sessions of a department, or of all departments that have none of their own.
//!
//! The document says them ([`Terms`]); a session has them with what its site's style says instead ([`SessionTerms`]).

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

use super::GRACE_MS_MAX;
use super::check::{unique, within};
use super::form::{self, Form};
use super::masks::MaskRules;
use super::style::Style;

/// Longest automatic words, in bytes.
pub const AUTOMATIC_BYTES_MAX: usize = 512;
/// Most topics of one department.
pub const TOPICS_MAX: usize = 256;
/// Longest topic, in bytes.
pub const TOPIC_BYTES_MAX: usize = 128;
/// Most tags that may be given with a rating.
pub const TAGS_MAX: usize = 32;
/// Longest tag, in bytes.
pub const TAG_BYTES_MAX: usize = 64;
/// The highest `score_max`.
pub const SCORE_MAX: u8 = 100;
/// The highest `transfers_max`.
pub const TRANSFERS_MAX: u16 = 100;

/// The terms of sessions as a policy has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The visitor is warned when it says nothing for so long after the agent's word; 0 for never. Below `idle_close_ms`.
    pub idle_warning_ms: u64,
    /// The session ends when the visitor says nothing for so long after the agent's word; 0 for never.
    pub idle_close_ms: u64,
    /// What is said by itself.
    pub words: AutomaticWords,
    /// After so long in the queue `still_waiting` is said; 0 for never.
    pub still_waiting_ms: u64,
    /// How long what one has said may be changed or recalled; 0 for not at all.
    pub edit_ms: u64,
    /// How visitors rate.
    pub rating: Rating,
    /// What a session may have been about, at most [`TOPICS_MAX`] of [`TOPIC_BYTES_MAX`] bytes. Anything if none is named.
    pub topics: Vec<Box<str>>,
    /// Whether a session is cleared away without a summary.
    pub summary: Summary,
    /// What visitors fill in before a session.
    pub form: Form,
    /// Within what time agents answer.
    pub service: ServiceLevel,
    /// How often one session may be transferred, at most [`TRANSFERS_MAX`].
    pub transfers_max: u16,
    /// Whether agents are told who watches their sessions.
    pub tells_of_watches: bool,
}

/// Whether a session is cleared away without a summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
    /// With or without.
    #[default]
    Optional,
    /// Only with one, and with a topic where the policy names topics.
    Required,
}

/// How visitors rate a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Whether they are asked to when it ends.
    pub at_end: bool,
    /// The best score, 1 to [`SCORE_MAX`]; the worst is 1.
    pub score_max: u8,
    /// What may be given with the score, at most [`TAGS_MAX`] of [`TAG_BYTES_MAX`] bytes.
    pub tags: Vec<Box<str>>,
}

/// Within what time agents answer a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// From the assignment to the agent's first word; 0 for any time.
    pub first_reply_ms: u64,
    /// From the visitor's word to each later one of the agent; 0 for any time.
    pub reply_ms: u64,
    /// The agent is warned so long before, 0 for not at all. Below both of those that aren't 0.
    pub warn_before_ms: u64,
}

/// Words that are said by themselves, each once a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Automatic {
    /// When an agent has it.
    Greeting,
    /// When it begins to wait, and somebody is there.
    AllBusy,
    /// When it begins to wait, and nobody is online or busy.
    NobodyThere,
    /// When it has waited for some time.
    StillWaiting,
    /// Before it ends because the visitor says nothing.
    IdleWarning,
    /// At its end.
    Farewell,
}

impl Automatic {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Greeting,
        Self::AllBusy,
        Self::NobodyThere,
        Self::StillWaiting,
        Self::IdleWarning,
        Self::Farewell,
    ];
}

/// What is said by itself; each at most [`AUTOMATIC_BYTES_MAX`] bytes, and empty for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutomaticWords {
    /// When an agent has the session.
    pub greeting: Box<str>,
    /// When it begins to wait, and somebody is there.
    pub all_busy: Box<str>,
    /// When it begins to wait, and nobody is online or busy.
    pub nobody_there: Box<str>,
    /// When it has waited for some time.
    pub still_waiting: Box<str>,
    /// Before it ends because the visitor says nothing.
    pub idle_warning: Box<str>,
    /// At its end.
    pub farewell: Box<str>,
}

impl AutomaticWords {
    /// What is said then.
    pub fn of(&self, which: Automatic) -> &str {
        match which {
            Automatic::Greeting => &self.greeting,
            Automatic::AllBusy => &self.all_busy,
            Automatic::NobodyThere => &self.nobody_there,
            Automatic::StillWaiting => &self.still_waiting,
            Automatic::IdleWarning => &self.idle_warning,
            Automatic::Farewell => &self.farewell,
        }
    }

    fn bodies(&self) -> [Bytes; 6] {
        Automatic::ALL.map(|which| Bytes::copy_from_slice(self.of(which).as_bytes()))
    }
}

impl Default for Terms {
    /// What others have settled on: a warning after five minutes and the end after six, no words, two minutes to change what one
    /// has said, five stars that nobody is asked for, a first reply within 30 seconds and each later one within a minute.
    fn default() -> Self {
        Self {
            idle_warning_ms: 300_000,
            idle_close_ms: 360_000,
            words: AutomaticWords::default(),
            still_waiting_ms: 60_000,
            edit_ms: 120_000,
            rating: Rating { at_end: false, score_max: 5, tags: Vec::new() },
            topics: Vec::new(),
            summary: Summary::Optional,
            form: Form::default(),
            service: ServiceLevel {
                first_reply_ms: 30_000,
                reply_ms: 60_000,
                warn_before_ms: 10_000,
            },
            transfers_max: 10,
            tells_of_watches: false,
        }
    }
}

/// Terms with what is made ready of them.
#[derive(Clone, Debug)]
pub struct TermsRules {
    /// The document's part.
    pub is: Terms,
    /// What is hidden of what is typed.
    pub masks: Arc<MaskRules>,
    form: Arc<Form>,
    bodies: [Bytes; 6],
}

impl TermsRules {
    pub(super) fn new(is: Terms, masks: Arc<MaskRules>) -> Self {
        Self { bodies: is.words.bodies(), form: Arc::new(is.form.clone()), is, masks }
    }
}

impl Deref for TermsRules {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.is
    }
}

/// What a site's style says instead.
#[derive(Clone, Debug)]
pub struct StyleTerms {
    form: Option<Arc<Form>>,
    bodies: [Bytes; 6],
}

impl StyleTerms {
    pub(super) fn new(style: &Style) -> Self {
        Self { form: style.form.clone().map(Arc::new), bodies: style.automatic_words.bodies() }
    }
}

/// The terms of one session: those of its department, and what its site's style says instead. Two pointers.
#[derive(Clone, Debug)]
pub struct SessionTerms {
    pub(super) of_department: Arc<TermsRules>,
    pub(super) of_style: Arc<StyleTerms>,
}

impl SessionTerms {
    /// What is said then, if anything is.
    pub fn words(&self, which: Automatic) -> Option<Bytes> {
        let place = which as usize;
        let both = [&self.of_style.bodies[place], &self.of_department.bodies[place]];
        both.into_iter().find(|body| !body.is_empty()).cloned()
    }

    /// Whether anything is said then.
    pub fn says(&self, which: Automatic) -> bool {
        let place = which as usize;
        !self.of_style.bodies[place].is_empty() || !self.of_department.bodies[place].is_empty()
    }

    /// What the visitor fills in before the session.
    pub fn form(&self) -> &Arc<Form> {
        self.of_style.form.as_ref().unwrap_or(&self.of_department.form)
    }
}

impl Default for SessionTerms {
    /// Those of a policy that says nothing of them.
    fn default() -> Self {
        let masks = Arc::new(MaskRules::default());
        let of_department = Arc::new(TermsRules::new(Terms::default(), masks));
        let of_style = StyleTerms { form: None, bodies: AutomaticWords::default().bodies() };
        Self { of_department, of_style: Arc::new(of_style) }
    }
}

impl Deref for SessionTerms {
    type Target = TermsRules;

    fn deref(&self) -> &TermsRules {
        &self.of_department
    }
}

/// Checks terms.
pub(super) fn check(fault: &mut impl FnMut(String, String), path: &str, terms: &Terms) {
    let at = |field: &str| format!("{path}.{field}");
    let service = &terms.service;
    for (field, ms) in [
        ("idle_warning_ms", terms.idle_warning_ms),
        ("idle_close_ms", terms.idle_close_ms),
        ("still_waiting_ms", terms.still_waiting_ms),
        ("edit_ms", terms.edit_ms),
        ("service.first_reply_ms", service.first_reply_ms),
        ("service.reply_ms", service.reply_ms),
        ("service.warn_before_ms", service.warn_before_ms),
    ] {
        within(fault, &at(field), ms, 0, GRACE_MS_MAX);
    }
    if terms.idle_warning_ms > 0 && terms.idle_warning_ms >= terms.idle_close_ms {
        let close_ms = terms.idle_close_ms;
        let text = format!("must be 0 or below idle_close_ms, which is {close_ms}");
        fault(at("idle_warning_ms"), text);
    }
    let limits = [service.first_reply_ms, service.reply_ms];
    let shortest = limits.into_iter().filter(|ms| *ms > 0).min().unwrap_or(u64::MAX);
    if service.warn_before_ms >= shortest {
        let text = format!("must be below first_reply_ms and reply_ms, of which one is {shortest}");
        fault(at("service.warn_before_ms"), text);
    }
    check_words(fault, &at("words"), &terms.words);
    within(fault, &at("rating.score_max"), terms.rating.score_max.into(), 1, SCORE_MAX.into());
    check_texts(fault, &at("rating.tags"), &terms.rating.tags, TAGS_MAX, TAG_BYTES_MAX);
    check_texts(fault, &at("topics"), &terms.topics, TOPICS_MAX, TOPIC_BYTES_MAX);
    form::check(fault, &at("form"), &terms.form);
    within(fault, &at("transfers_max"), terms.transfers_max.into(), 0, TRANSFERS_MAX.into());
}

/// Checks automatic words.
pub(super) fn check_words(
    fault: &mut impl FnMut(String, String),
    path: &str,
    words: &AutomaticWords,
) {
    for (field, text) in [
        ("greeting", &words.greeting),
        ("all_busy", &words.all_busy),
        ("nobody_there", &words.nobody_there),
        ("still_waiting", &words.still_waiting),
        ("idle_warning", &words.idle_warning),
        ("farewell", &words.farewell),
    ] {
        let path = format!("{path}.{field}'s bytes");
        within(fault, &path, text.len() as u64, 0, AUTOMATIC_BYTES_MAX as u64);
    }
}

/// A list of texts that are chosen from: none is empty, none stands there twice. Of one that is too long no more is looked at than of
/// the longest that is good.
pub(super) fn check_texts(
    fault: &mut impl FnMut(String, String),
    path: &str,
    texts: &[Box<str>],
    texts_max: usize,
    bytes_max: usize,
) {
    within(fault, path, texts.len() as u64, 0, texts_max as u64);
    for (i, text) in texts.iter().enumerate().take(texts_max) {
        let path = format!("{path}[{i}]'s bytes");
        within(fault, &path, text.len() as u64, 1, bytes_max as u64);
    }
    unique(fault, path, texts.iter().take(texts_max));
}

#[cfg(test)]
mod tests;
