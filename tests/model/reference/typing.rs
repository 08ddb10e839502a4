//! What a visitor types as others see it: the latest, at most every 200 milliseconds.

use super::Reference;

const GAP_MS: u64 = 200;

/// What a visitor types.
#[derive(Default)]
pub struct Typed {
    latest: String,
    shown: String,
    last_ms: Option<u64>,
    due_ms: Option<u64>,
}

impl Typed {
    pub fn types(&mut self, text: String, now_ms: u64) {
        if self.latest == text {
            return;
        }
        self.latest = text;
        match self.last_ms.map(|last| last + GAP_MS).filter(|free| now_ms < *free) {
            Some(free_ms) => self.due_ms = Some(free_ms),
            None => self.show(now_ms),
        }
    }
    pub fn clear(&mut self) {
        *self = Self { last_ms: self.last_ms, ..Self::default() };
    }
    /// Whether somebody may see this: what is shown, or, who came a moment ago, the latest.
    pub fn may_be_seen_as(&self, text: &str) -> bool {
        let latest = self.due_ms.is_some() && !self.shown.is_empty() && text == self.latest;
        text == self.shown || latest
    }
    fn show(&mut self, now_ms: u64) {
        (self.shown, self.last_ms, self.due_ms) = (self.latest.clone(), Some(now_ms), None);
    }
}

impl Reference {
    /// What was typed too fast is shown when its time has come.
    pub fn typing_is_shown(&mut self) {
        let now_ms = self.now_ms;
        for session in &mut self.sessions {
            if session.typed.due_ms.is_some_and(|due| due <= now_ms) {
                session.typed.show(now_ms);
                self.noted.push("previews that were shown later");
            }
        }
    }
}
