//! Visitors present, as agents are told of them: rows, lists, trails, counts.

use frontdesk_desk::delivery::{Presence, Stage, VisitorList, VisitorRow};
use frontdesk_desk::page::{Page, TrailView};
use frontdesk_engine::{Breakdown, Counts, VisitorCounts};
use frontdesk_proto::v1;

use super::session;

pub(super) fn snapshot(list: &VisitorList) -> v1::VisitorsSnapshot {
    v1::VisitorsSnapshot {
        rows: list.rows.iter().map(|there| row(there)).collect(),
        present: list.present,
        filling: list.filling,
    }
}

pub(super) fn changed(list: &VisitorList) -> v1::VisitorsChanged {
    v1::VisitorsChanged {
        rows: list.rows.iter().map(|there| row(there)).collect(),
        gone: list.gone.iter().map(|visitor| visitor.as_str().to_owned()).collect(),
        present: list.present,
        filling: list.filling,
    }
}

pub(super) fn trail(trail: TrailView) -> v1::Trail {
    let pages = trail.pages.iter().map(|walked| v1::TrailPage {
        page: Some(page(&walked.page)),
        entered_wall_ms: walked.entered_wall_ms,
        stayed_ms: walked.stayed_ms,
    });
    v1::Trail {
        pages: pages.collect(),
        visitor: Some(row(&trail.visitor)),
        folded: trail.folded,
        folded_stayed_ms: trail.folded_stayed_ms,
    }
}

pub(super) fn counts(counts: &Counts, breakdown: Breakdown, links: u64) -> v1::Counts {
    v1::Counts {
        visitors_here: counts.visitors_here,
        visitors_away: counts.visitors_away,
        waiting: counts.waiting,
        offered: counts.offered,
        sessions: counts.sessions,
        agents_online: counts.agents_online,
        agents_busy: counts.agents_busy,
        agents_away: counts.agents_away,
        links,
        messages: counts.messages,
        blocks: counts.blocks,
        breakdown: (breakdown != Breakdown::default()).then(|| self::breakdown(breakdown)),
    }
}

fn breakdown(breakdown: Breakdown) -> v1::Breakdown {
    let Breakdown { sites, other_sites, site_groups, regions, other_regions, no_region } =
        breakdown;
    let named = |(name, counts): (&str, VisitorCounts)| visitors(name, counts);
    v1::Breakdown {
        sites: sites.iter().map(|(id, counts)| named((id.as_str(), *counts))).collect(),
        other_sites: other_sites.map(|counts| visitors("", counts)),
        site_groups: site_groups.iter().map(|(id, counts)| named((id.as_str(), *counts))).collect(),
        regions: regions.iter().map(|(text, counts)| named((text, *counts))).collect(),
        other_regions: other_regions.map(|counts| visitors("", counts)),
        no_region: no_region.map(|counts| visitors("", counts)),
    }
}

fn visitors(name: &str, counts: VisitorCounts) -> v1::VisitorCounts {
    let VisitorCounts { here, away, waiting, active } = counts;
    v1::VisitorCounts { name: name.to_owned(), here, away, waiting, active }
}

fn row(row: &VisitorRow) -> v1::VisitorRow {
    let presence = match row.presence {
        Presence::Here => v1::Presence::Here,
        Presence::Away => v1::Presence::Away,
    };
    let mut wire = v1::VisitorRow {
        visitor: row.visitor.as_str().to_owned(),
        site: row.site.as_str().to_owned(),
        presence: presence.into(),
        page: Some(page(&row.page)),
        arrived_wall_ms: row.arrived_wall_ms,
        pages: row.pages,
        links: row.links,
        session: row.session.map(session).unwrap_or_default(),
        invited: row.is_invited,
        session_state: row.stage.map_or(v1::SessionState::Unspecified, stage).into(),
        department: row.department.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default(),
        visit: row.visit.into(),
        last_visit_wall_ms: row.last_visit_wall_ms,
        ..v1::VisitorRow::default()
    };
    if let Some(known) = &row.arrival {
        wire.referrer = known.referrer.to_string();
        wire.region = known.region.to_string();
        wire.address = known.address.to_string();
        wire.device = known.device.to_string();
        wire.language = known.language.to_string();
        wire.search_engine = known.search_engine.to_string();
        wire.keyword = known.keyword.to_string();
        wire.attributes = known
            .attributes
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
    }
    wire
}

fn stage(stage: Stage) -> v1::SessionState {
    match stage {
        Stage::Waiting => v1::SessionState::Waiting,
        Stage::Active => v1::SessionState::Active,
    }
}

fn page(page: &Page) -> v1::Page {
    v1::Page { url: page.url().to_owned(), title: page.title().to_owned() }
}
