//! Who does something, and in which session.

use super::*;

impl World {
    /// One of the links that live, or of those that don't.
    pub(super) fn pick(&self, pick: u8, attached: bool) -> Option<usize> {
        let fit: Vec<_> =
            (0..self.clients.len()).filter(|no| self.clients[*no].attached == attached).collect();
        (!fit.is_empty()).then(|| fit[usize::from(pick) % fit.len()])
    }

    /// One who has a session, where its own is meant and there is one.
    pub(super) fn pick_speaker(&self, pick: u8, which: Which) -> Option<usize> {
        let speaks = |no: &usize| {
            self.clients[*no].attached && self.which(*no, 0, Which::Own) != unknown_session()
        };
        let fit: Vec<_> = (0..self.clients.len()).filter(speaks).collect();
        if fit.is_empty() || !matches!(which, Which::Own) {
            return self.pick(pick, true);
        }
        Some(fit[usize::from(pick) % fit.len()])
    }

    pub(super) fn pick_kind(&self, pick: u8, agent: bool) -> Option<usize> {
        // Seldom the wrong kind.
        let fits = |no: &usize| {
            self.clients[*no].attached && (self.clients[*no].is_agent() == agent || pick >= 240)
        };
        let fit: Vec<_> = (0..self.clients.len()).filter(fits).collect();
        (!fit.is_empty()).then(|| fit[usize::from(pick) % fit.len()])
    }

    pub(super) fn which(&self, client: usize, pick: u8, which: Which) -> SessionId {
        let unknown = unknown_session();
        let (tenant, person) = (self.clients[client].tenant, self.clients[client].link.person);
        let sessions = &self.reference.sessions;
        match which {
            Which::Unknown => unknown,
            Which::Any(n) if sessions.is_empty() || n == 255 => unknown,
            Which::Any(n) => sessions[usize::from(n) % sessions.len()].id,
            Which::Own => match person {
                Person::Visitor(_) => self
                    .reference
                    .visitor(tenant, person)
                    .and_then(|visitor| visitor.session)
                    .unwrap_or(unknown),
                Person::Agent(no) => {
                    let held = self.reference.held(tenant, no.0 as usize);
                    if held.is_empty() {
                        unknown
                    } else {
                        sessions[held[usize::from(pick) % held.len()]].id
                    }
                }
            },
        }
    }
}
