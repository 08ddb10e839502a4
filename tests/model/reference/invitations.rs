//! Who is invited by whom, and how that ends.

use super::*;

/// An invitation that a visitor is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its id, as if it were a session's: what is told of it has an order of its own.
    pub id: SessionId,
    pub by: usize,
    department: usize,
    until: u64,
}

impl Reference {
    /// The department in which an agent may have a session with whom it approaches.
    fn approached_in(
        &self,
        tenant: usize,
        agent: usize,
        department: Option<usize>,
        named: &impl Fn(usize) -> Refusal,
    ) -> Result<usize, Refusal> {
        let there = &self.tenants[tenant].agents[agent];
        if there.status == Status::Offline {
            return Err(Refusal::NotSignedOn);
        }
        let post = match department {
            None => there.posts.first().ok_or(Refusal::NotSignedOn)?,
            Some(department) => {
                let mut posts = there.posts.iter();
                posts.find(|post| post.department == department).ok_or(named(department))?
            }
        };
        if self.has_room_for(tenant, agent, 100) {
            Ok(post.department)
        } else {
            Err(Refusal::AgentFull)
        }
    }
    /// Whom an agent approaches who has no session, and in which department.
    fn approached(
        &self,
        (tenant, agent): (usize, usize),
        name: usize,
        department: Option<usize>,
        named: impl Fn(usize) -> Refusal,
    ) -> Result<(&Visitor, usize), Refusal> {
        let department = self.approached_in(tenant, agent, department, &named)?;
        let visitor = self.named(tenant, name)?;
        match visitor.session {
            Some(_) => Err(Refusal::VisitorInSession),
            None => Ok((visitor, department)),
        }
    }
    fn named(&self, tenant: usize, name: usize) -> Result<&Visitor, Refusal> {
        let mut visitors = self.tenants[tenant].visitors.iter();
        visitors.find(|visitor| visitor.name == name).ok_or(Refusal::VisitorNotFound)
    }
    pub fn invite(
        &mut self,
        (tenant, agent): (usize, usize),
        name: usize,
        department: Option<usize>,
        named: impl Fn(usize) -> Refusal,
        id: impl FnOnce() -> Option<SessionId>,
    ) -> Result<SessionId, Refusal> {
        let (visitor, department) = self.approached((tenant, agent), name, department, named)?;
        match visitor.shown {
            Some(shown) if shown.by == agent => return Ok(shown.id),
            Some(_) => return Err(Refusal::InvitedAlready),
            None => {}
        }
        let id = id().expect("the engine invites it");
        let (person, links) = (visitor.person, visitor.links.clone());
        let until = self.now_ms + INVITATION_MS;
        self.visitor_mut(tenant, person).unwrap().shown =
            Some(Shown { id, by: agent, department, until });
        links.into_iter().for_each(|link| self.tell(link, id, Told::Invited));
        Ok(id)
    }
    pub fn force(
        &mut self,
        (tenant, agent): (usize, usize),
        name: usize,
        department: Option<usize>,
        named: impl Fn(usize) -> Refusal,
        id: impl FnOnce() -> Option<SessionId>,
    ) -> Result<SessionId, Refusal> {
        let (visitor, department) = self.approached((tenant, agent), name, department, named)?;
        let (person, id) = (visitor.person, id().expect("the engine forces it"));
        self.end_invitation(tenant, person, InvitationOutcome::SessionBegan(id));
        self.begin(tenant, person, (department, 0), 0, id, Some(agent));
        Ok(id)
    }
    /// What a visitor answers; `None` accepts.
    pub fn answer(
        &mut self,
        link: LinkId,
        tenant: usize,
        person: Person,
        invitation: SessionId,
        declines: Option<InvitationOutcome>,
        id: impl FnOnce() -> Option<SessionId>,
    ) -> Result<Option<(SessionId, bool)>, Refusal> {
        let visitor = self.visitor(tenant, person).filter(|there| there.links.contains(&link));
        let visitor = visitor.ok_or(Refusal::LinkGone)?;
        if let Some((accepted, session)) = visitor.accepted
            && (accepted, declines, visitor.session) == (invitation, None, Some(session))
        {
            return Ok(Some((session, true)));
        }
        let shown = visitor.shown.filter(|shown| shown.id == invitation);
        let shown = shown.ok_or(Refusal::InvitationEnded)?;
        if let Some(outcome) = declines {
            self.end_invitation(tenant, person, outcome);
            return Ok(None);
        }
        let id = id().expect("the engine begins it");
        self.end_invitation(tenant, person, InvitationOutcome::Accepted(id));
        self.visitor_mut(tenant, person).unwrap().accepted = Some((invitation, id));
        let house = &self.tenants[tenant].house;
        let is_there = house.rules(shown.department).is_some();
        let department = if is_there { shown.department } else { house.departments[0].0 };
        self.begin(tenant, person, (department, 0), 0, id, Some(shown.by));
        Ok(Some((id, false)))
    }
    pub fn withdraw(
        &mut self,
        link: LinkId,
        tenant: usize,
        agent: usize,
        name: usize,
        invitation: SessionId,
    ) -> Result<(), Refusal> {
        self.standing(link)?;
        let visitor = self.named(tenant, name).map_err(|_| Refusal::InvitationEnded)?;
        let person = visitor.person;
        let own = visitor.shown.filter(|shown| shown.id == invitation && shown.by == agent);
        own.ok_or(Refusal::InvitationEnded)?;
        self.end_invitation(tenant, person, InvitationOutcome::Withdrawn);
        Ok(())
    }
    /// Ends the invitation that a visitor is shown, if it is shown one.
    pub fn end_invitation(&mut self, tenant: usize, person: Person, outcome: InvitationOutcome) {
        let Some(visitor) = self.visitor_mut(tenant, person) else { return };
        let Some(Shown { id, by, .. }) = visitor.shown.take() else { return };
        self.noted.push(match outcome {
            InvitationOutcome::Accepted(_) => "invitations that were accepted",
            InvitationOutcome::Declined => "invitations that were declined",
            InvitationOutcome::Ignored => "invitations that were ignored",
            InvitationOutcome::Expired => "invitations that expired",
            InvitationOutcome::Withdrawn => "invitations that were taken back",
            InvitationOutcome::SessionBegan(_) => "invitations overtaken by a session",
            InvitationOutcome::VisitorGone => "invitations of visitors that went",
        });
        let told = [self.links_of(tenant, person), self.links_of(tenant, super::person(by))];
        for link in told.concat() {
            self.tell(link, id, Told::InvitationEnded(outcome));
        }
    }
    pub fn invitations_expire(&mut self, tenant: usize) {
        let over = |there: &&Visitor| there.shown.is_some_and(|shown| shown.until <= self.now_ms);
        let over = self.tenants[tenant].visitors.iter().filter(over).map(|there| there.person);
        for person in over.collect::<Vec<_>>() {
            self.end_invitation(tenant, person, InvitationOutcome::Expired);
        }
    }
}
