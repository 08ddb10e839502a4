//! What a lane does with each command: attach, detach, credit, and all that is the engine's.
//!
//! A command is counted against its link's bucket, handed to the engine and answered. Refusals are returned, so that the lane counts
//! and sends them in one place. Never touches the stream.

use frontdesk_desk::block::Target;
use frontdesk_desk::page::Page;
use frontdesk_desk::refusal::Refusal;
use frontdesk_desk::time::Now;
use frontdesk_engine::{Accepted, AgentAttach, Ask, Attached, Command, Departure, VisitorAttach};
use frontdesk_proto::v1::Code;

use super::Lane;
use super::late::LatePreview;
use super::links::Credited;
use super::outgoing::{Held, Then};
use crate::border::{self, Refused};
use crate::connection::Connection;

impl Lane {
    pub(super) fn attach_visitor(
        &mut self,
        number: u32,
        request: u32,
        mut attach: VisitorAttach,
        now: Now,
    ) -> Result<(), Refused> {
        attach.page = attach.page.map(|page| self.shared(page));
        self.attach(number, request, now, |lane| {
            let Connection { service, tenant, .. } = &*lane.connection;
            service.engine.attach_visitor(tenant.no, lane.mailboxes.outlet(), attach, now)
        })
    }

    pub(super) fn attach_agent(
        &mut self,
        number: u32,
        request: u32,
        attach: AgentAttach,
        now: Now,
    ) -> Result<(), Refused> {
        self.attach(number, request, now, |lane| {
            let Connection { service, tenant, .. } = &*lane.connection;
            service.engine.attach_agent(tenant.no, lane.mailboxes.outlet(), attach, now)
        })
    }

    fn attach(
        &mut self,
        number: u32,
        request: u32,
        now: Now,
        engine: impl FnOnce(&Self) -> Result<Attached, Refusal>,
    ) -> Result<(), Refused> {
        if number == 0 {
            return Err(Refusal::Missing { field: "link" }.into());
        }
        if !self.links.is_free(number) {
            return Err(Refused::new(
                Code::LinkInUse,
                "link",
                "this number is attached on this lane; choose another, or detach it first",
            ));
        }
        self.connection.take_link(now)?;
        let attached = engine(self).inspect_err(|_| self.connection.give_link_back())?;
        self.links.insert(number, attached.link);
        if request != 0 {
            self.put(number, &border::attached(number, request, &attached, self.epoch));
        }
        Ok(())
    }

    pub(super) fn detach(
        &mut self,
        number: u32,
        request: u32,
        departure: Departure,
        now: Now,
    ) -> Result<(), Refused> {
        let Some(link) = self.links.remove(number) else { return Err(unknown_link()) };
        self.detached(number, link, departure, now);
        if request != 0 {
            let done = border::reply(number, request, frontdesk_engine::Reply::Done, 0);
            self.last_word(number, done);
        }
        Ok(())
    }

    /// The page with texts that all who are on it share.
    fn shared(&self, page: Page) -> Page {
        self.connection.service.engine.page(page.url(), page.title()).unwrap_or(page)
    }

    pub(super) fn credit(&mut self, number: u32, taken_bytes: u64) -> Result<(), Refused> {
        let Some(entry) = self.links.at(number) else { return Err(unknown_link()) };
        match entry.credit(taken_bytes, self.connection.limits.link_credit_bytes) {
            Credited::Noted => Ok(()),
            Credited::Revived => {
                let link = entry.link.id;
                self.revive(number, link);
                Ok(())
            }
            Credited::BeyondSent => Err(Refused::new(
                Code::BadValue,
                "taken_bytes",
                "more was given back than was sent; count each frame of the link once, without its prefix",
            )),
        }
    }

    pub(super) fn submit(
        &mut self,
        number: u32,
        request: u32,
        command: Command,
        now: Now,
    ) -> Result<(), Refused> {
        let command = match command {
            Command::ViewPage(page) => Command::ViewPage(self.shared(page)),
            other => other,
        };
        let rates = &self.connection.link_rates;
        let Some(entry) = self.links.at(number) else { return Err(unknown_link()) };
        let person = entry.link.person;
        let buckets = &mut entry.buckets;
        let taken = match &command {
            Command::Say { .. }
            | Command::SayInRoom { .. }
            | Command::Ask(Ask { opening: Some(_), .. }) => {
                buckets.take_message(rates, person, now).map_err(|wait| wait.refused("messages"))
            }
            Command::Preview { session, text } => match buckets.take_preview(rates, now) {
                Ok(()) => Ok(()),
                Err(wait) if request == 0 => {
                    let due_mono_ms = now.mono_ms.saturating_add(wait.ms);
                    let late = LatePreview { session: *session, text: text.clone(), due_mono_ms };
                    self.late.keep(number, late);
                    return Ok(());
                }
                Err(wait) => Err(wait.refused("previews")),
            },
            // Those it is meant for are looked for among all visitors of the broker.
            Command::Block { target: Target::Network(_), .. } => {
                let tenant = &self.connection.tenant.buckets;
                tenant.take_network_block(now).map_err(|wait| wait.refused("blocks of networks"))
            }
            Command::Announce(_) => {
                let tenant = &self.connection.tenant.buckets;
                tenant.take_announcement(now).map_err(|wait| wait.refused("announcements"))
            }
            _ => buckets.take_other(rates, now).map_err(|wait| wait.refused("commands")),
        };
        taken?;
        if reads_much(&command) && entry.credit_left(self.connection.limits.link_credit_bytes) == 0
        {
            return Err(Refused::new(
                Code::Busy,
                "credit",
                "the link has no credit for an answer; give credit for what was taken in, then ask again",
            )
            .after_ms(1_000));
        }
        if let Command::ReplacePolicy { draft, made_from } = command {
            let link = entry.link;
            return self.replace_policy(number, request, link, (*draft, made_from), now);
        }
        self.submit_within_rate(number, request, command, now);
        Ok(())
    }

    /// Hands a command to the engine and answers it.
    pub(super) fn submit_within_rate(
        &mut self,
        number: u32,
        request: u32,
        command: Command,
        now: Now,
    ) {
        let Some(entry) = self.links.at(number) else { return };
        if matches!(command, Command::Say { .. } | Command::Preview { .. } | Command::Close { .. })
        {
            // What was typed before is no longer what is being typed.
            self.late.drop_of(number);
        }
        match self.connection.service.engine.submit(entry.link, command, now) {
            Ok(accepted) => self.accepted(number, request, accepted),
            Err(refusal) => self.refuse(number, request, refusal.into(), now),
        }
    }

    /// Answers a command that was done, when what it decided is kept.
    pub(super) fn accepted(&mut self, number: u32, request: u32, accepted: Accepted) {
        // Without a request number nobody waits for the answer.
        if request == 0 {
            return;
        }
        let Accepted { reply, kept_at } = accepted;
        let links = self.connection.tenant.links();
        let mut answer = border::reply(number, request, reply, links);
        // A trail folds; an answer never goes on in another frame.
        border::fit(&mut answer, self.connection.limits.frame_bytes_max as usize);
        match kept_at {
            Some(position) if self.connection.service.engine.journal().committed() < position => {
                self.outgoing.hold(Held { position, answer, then: Then::Stays });
            }
            _ => self.put(number, &answer),
        }
    }
}

fn unknown_link() -> Refused {
    Refused::new(
        Code::UnknownLink,
        "link",
        "no link of this number is attached on this lane; attach it first",
    )
}

/// Whether an answer, or what follows it, may be long.
fn reads_much(command: &Command) -> bool {
    matches!(
        command,
        Command::ReadMessages { .. }
            | Command::ReadTrail { .. }
            | Command::ReadSession { .. }
            | Command::ReadBlocks { .. }
            | Command::ReadPolicy
            | Command::ReadRoom { .. }
            | Command::ReadRoomMessages { .. }
            | Command::WatchVisitors { .. }
            | Command::WatchSession { .. }
    )
}
