//! What is being typed: the visitor's text to those who answer it, everybody else's as a flag.

use std::sync::Arc;

use super::{Participant, Session, participant};
use crate::delivery::Delivery;
use crate::effects::Effects;
use crate::id::{LinkId, Person};
use crate::policy::Previews;
use crate::refusal::Refusal;
use crate::time::Now;

impl Session {
    /// Shows what is being typed, [`masked`](super::masked); empty for nothing. A visitor's text is shown to the agents, at most every
    /// [`PREVIEW_GAP_MS`](super::PREVIEW_GAP_MS), as the policy and the visitor let it; an agent's only as the fact that it types. Errors:
    /// [`Refusal::NotInSession`], [`Refusal::LinkGone`], [`Refusal::SessionClosed`], [`Refusal::PreviewOff`].
    pub fn preview(
        &mut self,
        person: Person,
        link: LinkId,
        (text, previews): (Arc<str>, Previews),
        now: Now,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(person, link)?;
        self.open_or_refuse()?;
        let Person::Visitor(_) = person else {
            self.show_typing(person, !text.is_empty(), fx);
            return Ok(());
        };
        match (previews, self.previews_allowed) {
            (Previews::Off, _) | (Previews::Consented, None) | (_, Some(false)) => {
                return Err(Refusal::PreviewOff);
            }
            (Previews::Shown, _) | (Previews::Consented, Some(true)) => {}
        }
        if let Some(shown) = self.typed.now((!text.is_empty()).then_some(text), now) {
            self.show_preview(shown, fx);
        }
        Ok(())
    }

    /// The visitor lets agents see what it types, or no longer: what is shown goes at once. Errors: [`Refusal::SessionNotFound`],
    /// [`Refusal::LinkGone`], [`Refusal::SessionClosed`].
    pub fn allow_previews(
        &mut self,
        person: Person,
        link: LinkId,
        allowed: bool,
        fx: &mut Effects,
    ) -> Result<(), Refusal> {
        self.speaker(person, link)?;
        self.open_or_refuse()?;
        self.previews_allowed = Some(allowed);
        if !allowed {
            self.clear_preview(fx);
        }
        Ok(())
    }

    /// Shows to all who see it what the visitor types.
    pub(super) fn show_preview(&self, text: Arc<str>, fx: &mut Effects) {
        let shown = self.preview_delivery(text);
        fx.tell_each(self.participants.agent_links().chain(&self.observers), shown);
    }

    /// The visitor types no longer, or what it typed is said: shown at once.
    pub(super) fn clear_preview(&mut self, fx: &mut Effects) {
        if self.typed.clear() {
            self.show_preview("".into(), fx);
        }
    }

    /// Shows all others who may know of an agent whether it types.
    pub(super) fn show_typing(&mut self, agent: Person, types: bool, fx: &mut Effects) {
        let Some(participant) = self.participants.present_mut(agent) else { return };
        if std::mem::replace(&mut participant.types, types) == types {
            return;
        }
        let number = participant.number;
        if let Some(participant) = self.participants.of_number(number) {
            let others = self.participants.links_of_others(participant).chain(&self.observers);
            fx.tell_each(others, self.typing_delivery(number, types));
        }
    }

    /// What is being typed at the moment, for a link that comes up.
    pub(super) fn bring_typing(&self, person: Person, link: LinkId, fx: &mut Effects) {
        let Some(reader) = self.participants.present(person) else { return };
        if let (Person::Agent(_), Some(text)) = (person, self.typed.shown()) {
            fx.tell(link, self.preview_delivery(text.clone()));
        }
        let known = |other: &&Participant| other.number != reader.number && reader.knows_of(other);
        for other in self.participants.all_present().filter(known).filter(|other| other.types) {
            fx.tell(link, self.typing_delivery(other.number, true));
        }
    }

    /// Tells a link that nobody types any more as far as it knows: an unread value would be shown after its end here.
    pub(super) fn void_typing(&self, own: Option<u16>, link: LinkId, fx: &mut Effects) {
        if self.typed.is_shown() {
            fx.tell(link, self.preview_delivery("".into()));
        }
        for other in self.participants.all_present().filter(|other| other.types) {
            if Some(other.number) != own {
                fx.tell(link, self.typing_delivery(other.number, false));
            }
        }
    }

    pub(super) fn preview_delivery(&self, text: Arc<str>) -> Delivery {
        Delivery::Preview { session: self.id, from: participant::VISITOR_NUMBER, text }
    }

    pub(super) fn typing_delivery(&self, from: u16, typing: bool) -> Delivery {
        Delivery::Typing { session: self.id, from, typing }
    }
}
