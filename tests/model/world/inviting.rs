//! Agents invite, force and take back; visitors answer.

use frontdesk_desk::delivery::InvitationOutcome;
use frontdesk_desk::id::InvitationId;
use frontdesk_engine::Answer;

use super::*;

/// An invitation's id as the reference has it.
pub(crate) fn as_session(invitation: InvitationId) -> SessionId {
    SessionId::from_bytes(invitation.to_bytes()).unwrap()
}

fn as_invitation(id: SessionId) -> InvitationId {
    InvitationId::from_bytes(id.to_bytes()).unwrap()
}

impl World {
    pub(super) fn invite(&mut self, link: u8, name: u8, no: u8, forces: bool) -> Outcome {
        let Some(client) = self.pick_kind(link, true) else { return Ok(()) };
        // Mostly one who is there and has no session.
        let tenant = self.clients[client].tenant;
        let visitors = self.reference.tenants[tenant].visitors.iter();
        let idle: Vec<_> =
            visitors.filter(|there| there.session.is_none()).map(|there| there.name).collect();
        let name = match idle.is_empty() || name >= 200 {
            true => usize::from(name) % NAMES,
            false => idle[usize::from(name) % idle.len()],
        };
        let chosen = no.is_multiple_of(4).then_some(usize::from(no / 4) % 4);
        let visitor = visitor_id(name);
        let command = match forces {
            false => {
                Command::Invite { visitor, department: chosen.map(department), text: "".into() }
            }
            true => Command::ForceSession { visitor, department: chosen.map(department) },
        };
        let answer = self.submit(client, command);
        let got = match &answer {
            Ok(Reply::Invited { invitation, .. }) => Some(as_session(*invitation)),
            Ok(Reply::Asked(asked)) => Some(asked.session),
            _ => None,
        };
        let expected = self.agent(client).and_then(|who| {
            let house = self.reference.tenants[tenant].house.clone();
            let named = |no: usize| match house.rules(no) {
                Some(_) => Refusal::OtherDepartment(department(no)),
                None => Refusal::UnknownDepartment(department(no)),
            };
            let named: Vec<_> = (0..4).map(named).collect();
            let named = |no: usize| named[no].clone();
            match forces {
                false => self.reference.invite(who, name, chosen, named, || got),
                true => self.reference.force(who, name, chosen, named, || got),
            }
        });
        let what = if forces { "forced sessions" } else { "invitations" };
        self.same(what, answer.map(|_| got), expected.map(Some))
    }

    pub(super) fn answer_invitation(&mut self, link: u8, which: u8, say: u8) -> Outcome {
        // Mostly one who is shown one.
        let shown = |no: &usize| {
            let Client { link, tenant, attached, .. } = self.clients[*no];
            let there = self.reference.visitor(tenant, link.person);
            attached && there.is_some_and(|there| there.shown.is_some() || there.accepted.is_some())
        };
        let fit: Vec<_> = (0..self.clients.len()).filter(shown).collect();
        let client = match fit.is_empty() || which >= 230 {
            true => self.pick_kind(link, false),
            false => Some(fit[usize::from(link) % fit.len()]),
        };
        let Some(client) = client else { return Ok(()) };
        let Client { link, tenant, .. } = self.clients[client];
        let there = self.reference.visitor(tenant, link.person);
        let shown = there.and_then(|there| there.shown.map(|shown| shown.id));
        let accepted = there.and_then(|there| there.accepted.map(|(id, _)| id));
        let meant = if which.is_multiple_of(8) { accepted } else { shown.or(accepted) };
        let invitation = meant.unwrap_or(unknown_session());
        let (say, declines) = match say % 4 {
            0 => (Answer::Decline, Some(InvitationOutcome::Declined)),
            1 => (Answer::Ignore, Some(InvitationOutcome::Ignored)),
            _ => (Answer::Accept, None),
        };
        let command =
            Command::AnswerInvitation { invitation: as_invitation(invitation), answer: say };
        let answer = self.submit(client, command);
        let asked = if let Ok(Reply::Asked(asked)) = &answer { Some(*asked) } else { None };
        let got = asked.map(|asked| asked.session);
        let expected = match link.person {
            Person::Agent(_) => Err(Refusal::VisitorsOnly),
            person => self.reference.answer(link.id, tenant, person, invitation, declines, || got),
        };
        let answer = answer.map(|_| asked.map(|asked| (asked.session, asked.existing)));
        self.same("answers to invitations", answer, expected)
    }

    pub(super) fn withdraw_invitation(&mut self, link: u8, which: u8) -> Outcome {
        let own = |no: &usize| {
            let Ok((tenant, agent)) = self.agent(*no) else { return vec![] };
            let visitors = self.reference.tenants[tenant].visitors.iter();
            let shown = visitors.filter_map(|there| Some((there.name, there.shown?)));
            shown.filter(|(_, shown)| shown.by == agent).collect()
        };
        let attached = (0..self.clients.len()).filter(|no| self.clients[*no].attached);
        let own: Vec<_> =
            attached.flat_map(|no| own(&no).into_iter().map(move |shown| (no, shown))).collect();
        let (client, name, invitation) = match own.is_empty() || which >= 220 {
            false => {
                let (client, (name, shown)) = own[usize::from(link) % own.len()];
                (client, name, shown.id)
            }
            true => {
                let Some(client) = self.pick_kind(link, true) else { return Ok(()) };
                (client, usize::from(which) % NAMES, unknown_session())
            }
        };
        let Client { link, tenant, .. } = self.clients[client];
        let command = Command::WithdrawInvitation {
            visitor: visitor_id(name),
            invitation: as_invitation(invitation),
        };
        let answer = self.submit(client, command).map(|_| ());
        let expected = match link.person {
            Person::Visitor(_) => Err(Refusal::AgentsOnly),
            Person::Agent(no) => {
                self.reference.withdraw(link.id, tenant, no.0 as usize, name, invitation)
            }
        };
        self.same("invitations taken back", answer, expected)
    }
}
