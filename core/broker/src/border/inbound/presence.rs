//! What agents ask of the visitors present: lists and counts.

use frontdesk_desk::delivery::Presence;
use frontdesk_desk::id::{DepartmentId, IdFault, SiteGroupId, SiteId};
use frontdesk_desk::list::{InSession, ListQuery, Order, Places};
use frontdesk_desk::page::TEXT_BYTES_MAX;
use frontdesk_engine::{BreakdownQuery, Command, Which};
use frontdesk_proto::limits::{COUNTED_NAMES_MAX, WATCH_ROWS_DEFAULT, WATCH_ROWS_MAX};
use frontdesk_proto::v1;

use super::{Refused, id};

const _: () = assert!(COUNTED_NAMES_MAX == frontdesk_engine::NAMES_MAX);

pub(super) fn watch_visitors(watch: &v1::WatchVisitors) -> Result<Command, Refused> {
    let rows = if watch.rows == 0 { WATCH_ROWS_DEFAULT } else { watch.rows };
    let rows = match u16::try_from(rows) {
        Ok(window) if rows <= WATCH_ROWS_MAX => window,
        _ => return Err(Refused::bad_value("rows", "a watch has at most 200 rows")),
    };
    let query = ListQuery {
        places: places(watch)?,
        department: optional("department", &watch.department, DepartmentId::new)?,
        presence: match v1::Presence::try_from(watch.presence) {
            Ok(v1::Presence::Unspecified) => None,
            Ok(v1::Presence::Here) => Some(Presence::Here),
            Ok(v1::Presence::Away) => Some(Presence::Away),
            Ok(v1::Presence::Gone) | Err(_) => {
                return Err(Refused::bad_value("presence", "visitors present are here or away"));
            }
        },
        in_session: match v1::InSession::try_from(watch.in_session) {
            Ok(v1::InSession::Unspecified) => InSession::Either,
            Ok(v1::InSession::No) => InSession::No,
            Ok(v1::InSession::Yes) => InSession::Yes,
            Ok(v1::InSession::Waiting) => InSession::Waiting,
            Ok(v1::InSession::Active) => InSession::Active,
            Err(_) => return Err(Refused::bad_value("in_session", "use a value of InSession")),
        },
        region: text("region", &watch.region)?,
        keyword: text("keyword", &watch.keyword)?,
        text: text("text", &watch.text)?,
        order: match v1::VisitorOrder::try_from(watch.order) {
            Ok(v1::VisitorOrder::Unspecified | v1::VisitorOrder::NewestArrival) => {
                Order::NewestArrival
            }
            Ok(v1::VisitorOrder::LongestPresent) => Order::LongestPresent,
            Ok(v1::VisitorOrder::MostPages) => Order::MostPages,
            Err(_) => return Err(Refused::bad_value("order", "use a value of VisitorOrder")),
        },
    };
    Ok(Command::WatchVisitors { query: Box::new(query), rows })
}

fn places(watch: &v1::WatchVisitors) -> Result<Places, Refused> {
    let site = optional("site", &watch.site, SiteId::new)?;
    let group = optional("site_group", &watch.site_group, SiteGroupId::new)?;
    match (site, group) {
        (None, None) => Ok(Places::All),
        (Some(site), None) => Ok(Places::Site(site)),
        (None, Some(group)) => Ok(Places::Group(group)),
        (Some(_), Some(_)) => {
            Err(Refused::bad_value("site_group", "name a site or a group of sites, not both"))
        }
    }
}

/// An id that may be left out.
fn optional<I>(
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<I, IdFault>,
) -> Result<Option<I>, Refused> {
    if text.is_empty() { Ok(None) } else { id(field, text, parse).map(Some) }
}

fn text(field: &'static str, text: &str) -> Result<Box<str>, Refused> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Refused::too_long(field, TEXT_BYTES_MAX));
    }
    Ok(text.into())
}

pub(super) fn read_counts(read: &v1::ReadCounts) -> Result<Command, Refused> {
    let names = read.sites.len() + read.site_groups.len() + read.regions.len();
    if names > COUNTED_NAMES_MAX {
        return Err(Refused::bad_value(
            "sites, site_groups and regions",
            "at most 200 names are counted at once; ask for the rest afterwards",
        ));
    }
    let mut query = BreakdownQuery {
        sites: these(&read.sites, |site| id("sites", site, SiteId::new))?,
        site_groups: these(&read.site_groups, |group| id("site_groups", group, SiteGroupId::new))?,
        regions: these(&read.regions, |region| match region.len() {
            0 => Err(Refused::missing("regions")),
            1..=TEXT_BYTES_MAX => Ok(region.into()),
            _ => Err(Refused::too_long("regions", TEXT_BYTES_MAX)),
        })?,
    };
    if read.most.len() > 3 {
        return Err(Refused::bad_value("most", "there are three kinds to list"));
    }
    for by in &read.most {
        let is_listed = match v1::CountBy::try_from(*by) {
            Ok(v1::CountBy::Site) => most(&mut query.sites),
            Ok(v1::CountBy::SiteGroup) => most(&mut query.site_groups),
            Ok(v1::CountBy::Region) => most(&mut query.regions),
            Ok(v1::CountBy::Unspecified) | Err(_) => Err(Refused::bad_value(
                "most",
                "this broker lists sites, groups of sites and regions",
            )),
        };
        is_listed?;
    }
    Ok(Command::ReadCounts(Box::new(query)))
}

fn these<T>(
    names: &[String],
    parse: impl Fn(&str) -> Result<T, Refused>,
) -> Result<Which<T>, Refused> {
    if names.is_empty() {
        return Ok(Which::None);
    }
    names.iter().map(|name| parse(name)).collect::<Result<_, _>>().map(Which::These)
}

fn most<T>(which: &mut Which<T>) -> Result<(), Refused> {
    match which {
        Which::None => *which = Which::Most,
        Which::Most => return Err(Refused::bad_value("most", "name each kind once")),
        Which::These(_) => {
            return Err(Refused::bad_value(
                "most",
                "a kind is listed or its members are named; leave one of the two out",
            ));
        }
    }
    Ok(())
}
