//! What is longer than a frame may be is made to fit: no frame to a client exceeds what Welcome told it.
//!
//! * A list of visitors goes on in further frames. The first one keeps its kind and those who left, the others are
//!   VisitorsChanged: taken in one after another they come to the same window.
//! * So does what is watched of a floor and of queues.
//! * A trail folds its oldest pages, as it does when there are too many.
//! * A policy is refused as TOO_LONG.
//!
//! Nothing else can be too long: the schema's bounds are smaller than a frame.

mod floor;

use frontdesk_proto::v1::{self, Code, delivery as wire};
use prost::{Message, length_delimiter_len};

use super::Refused;

/// What length prefixes and counts may grow by while rows or pages move: two lengths of five bytes, two numbers of ten.
const SLACK_BYTES: usize = 32;

/// Makes a delivery at most `frame_bytes_max` long, and returns the frames with the rest of its list, in order.
pub fn fit(delivery: &mut v1::Delivery, frame_bytes_max: usize) -> Vec<v1::Delivery> {
    let may_be_long =
        matches!(delivery.reply, Some(wire::Reply::Trail(_) | wire::Reply::Policy(_)))
            || matches!(
                delivery.event,
                Some(
                    wire::Event::VisitorsSnapshot(_)
                        | wire::Event::VisitorsChanged(_)
                        | wire::Event::FloorSnapshot(_)
                        | wire::Event::FloorChanged(_)
                        | wire::Event::QueuesSnapshot(_)
                        | wire::Event::QueuesChanged(_)
                )
            );
    if !may_be_long {
        return Vec::new();
    }
    let excess_bytes = delivery.encoded_len().saturating_sub(frame_bytes_max);
    if excess_bytes == 0 {
        return Vec::new();
    }
    if let Some(wire::Reply::Trail(trail)) = &mut delivery.reply {
        fold(trail, excess_bytes + SLACK_BYTES);
        return Vec::new();
    }
    if let Some(wire::Reply::Policy(_)) = delivery.reply {
        delivery.reply = Some(wire::Reply::Refused(too_long_a_policy(frame_bytes_max).into()));
        return Vec::new();
    }
    let Some((rows, present, filling)) = list_of(delivery) else {
        return floor::fit(delivery, frame_bytes_max);
    };
    let rows = std::mem::take(rows);
    let first_room_bytes = frame_bytes_max.saturating_sub(delivery.encoded_len() + SLACK_BYTES);
    let link = delivery.link;
    let rest = |rows| {
        let list = v1::VisitorsChanged { rows, gone: Vec::new(), present, filling };
        let event = Some(wire::Event::VisitorsChanged(list));
        v1::Delivery { link, request: 0, reply: None, event }
    };
    let room_bytes = frame_bytes_max.saturating_sub(rest(Vec::new()).encoded_len() + SLACK_BYTES);
    let mut parts = parted(rows, field_bytes, first_room_bytes, room_bytes).into_iter();
    if let Some((rows, ..)) = list_of(delivery) {
        *rows = parts.next().unwrap_or_default();
    }
    parts.map(rest).collect()
}

/// A policy is read whole or not at all.
fn too_long_a_policy(frame_bytes_max: usize) -> Refused {
    let message = format!(
        "the policy is longer than a frame of {frame_bytes_max} bytes; raise limits.frame_bytes_max, or replace it by the configuration"
    );
    Refused::new(Code::TooLong, "policy", message)
}

/// The rows of a list, and what stands beside them in each of its frames.
fn list_of(delivery: &mut v1::Delivery) -> Option<(&mut Vec<v1::VisitorRow>, u64, bool)> {
    match &mut delivery.event {
        Some(wire::Event::VisitorsSnapshot(list)) => {
            Some((&mut list.rows, list.present, list.filling))
        }
        Some(wire::Event::VisitorsChanged(list)) => {
            Some((&mut list.rows, list.present, list.filling))
        }
        _ => None,
    }
}

/// Rows in runs that fit, the first run into its own room. A row that fits nowhere stands alone.
fn parted<R>(
    rows: Vec<R>,
    bytes_of: impl Fn(&R) -> usize,
    first_room_bytes: usize,
    room_bytes: usize,
) -> Vec<Vec<R>> {
    let mut parts = vec![Vec::new()];
    let mut left_bytes = first_room_bytes;
    for row in rows {
        let bytes = bytes_of(&row);
        if bytes > left_bytes {
            parts.push(Vec::new());
            left_bytes = room_bytes;
        }
        left_bytes = left_bytes.saturating_sub(bytes);
        if let Some(part) = parts.last_mut() {
            part.push(row);
        }
    }
    parts
}

/// Folds the oldest pages away until so many bytes are saved, but never the page that the visitor is on.
fn fold(trail: &mut v1::Trail, excess_bytes: usize) {
    let (mut saved_bytes, mut folded) = (0, 0_u32);
    let foldable = trail.pages.len().saturating_sub(1);
    for page in trail.pages.iter().take(foldable) {
        if saved_bytes >= excess_bytes {
            break;
        }
        saved_bytes += field_bytes(page);
        folded += 1;
        trail.folded_stayed_ms = trail.folded_stayed_ms.saturating_add(page.stayed_ms);
    }
    trail.pages.drain(..folded as usize);
    trail.folded = trail.folded.saturating_add(folded);
}

/// What a message takes as a field of its list, whose number is below 16.
fn field_bytes(message: &impl Message) -> usize {
    let bytes = message.encoded_len();
    1 + length_delimiter_len(bytes) + bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 10_000;

    fn row(number: usize, bytes: usize) -> v1::VisitorRow {
        v1::VisitorRow {
            visitor: format!("v-{number}"),
            referrer: "x".repeat(bytes),
            ..Default::default()
        }
    }

    fn told(event: wire::Event) -> v1::Delivery {
        v1::Delivery { link: u32::MAX, request: 0, reply: None, event: Some(event) }
    }

    /// Takes the frames in as a client does, and gives the visitors of the window.
    fn taken_in(frames: &[v1::Delivery]) -> Vec<String> {
        let mut window: Vec<String> = Vec::new();
        for frame in frames {
            assert!(frame.encoded_len() <= MAX, "{}", frame.encoded_len());
            let (rows, gone) = match frame.event.as_ref().unwrap() {
                wire::Event::VisitorsSnapshot(list) => {
                    window.clear();
                    (&list.rows, &[][..])
                }
                wire::Event::VisitorsChanged(list) => {
                    assert_eq!((list.present, list.filling), (7, true));
                    (&list.rows, &list.gone[..])
                }
                other => panic!("{other:?}"),
            };
            window.retain(|visitor| !gone.contains(visitor));
            window.extend(rows.iter().map(|row| row.visitor.clone()));
        }
        window
    }

    #[test]
    fn a_list_that_is_too_long_goes_on_in_further_frames_and_loses_nobody() {
        for bytes in [1, 100, 2_477, 2_500, 9_000, 9_900] {
            let rows: Vec<_> = (0..200).map(|number| row(number, bytes)).collect();
            let expected: Vec<_> = rows.iter().map(|row| row.visitor.clone()).collect();
            let mut first = told(wire::Event::VisitorsSnapshot(v1::VisitorsSnapshot {
                rows,
                present: 7,
                filling: true,
            }));
            let mut rest = fit(&mut first, MAX);
            rest.insert(0, first);
            assert!(matches!(rest[0].event, Some(wire::Event::VisitorsSnapshot(_))));
            assert_eq!(taken_in(&rest), expected);
        }
    }

    #[test]
    fn those_who_left_are_told_once_and_first() {
        let rows: Vec<_> = (0..50).map(|number| row(number, 900)).collect();
        let gone: Vec<_> = (100..200).map(|number| format!("v-{number}")).collect();
        let changed = v1::VisitorsChanged { rows, gone: gone.clone(), present: 7, filling: true };
        let mut first = told(wire::Event::VisitorsChanged(changed));
        let rest = fit(&mut first, MAX);
        assert!(
            matches!(&first.event, Some(wire::Event::VisitorsChanged(list)) if list.gone == gone)
        );
        assert!(rest.len() > 3 && rest.iter().all(|frame| frame.link == u32::MAX));
        assert!(rest.iter().all(
            |frame| matches!(&frame.event, Some(wire::Event::VisitorsChanged(list)) if list.gone.is_empty())
        ));
    }

    #[test]
    fn a_trail_that_is_too_long_folds_its_oldest_pages() {
        let page = |n: u64| v1::TrailPage {
            page: Some(v1::Page { url: "u".repeat(900), title: n.to_string() }),
            entered_wall_ms: n,
            stayed_ms: 10,
        };
        let trail = v1::Trail {
            visitor: Some(row(1, 100)),
            pages: (0..64).map(page).collect(),
            folded: 5,
            folded_stayed_ms: 50,
        };
        let reply = Some(wire::Reply::Trail(Box::new(trail.clone())));
        let mut answer = v1::Delivery { link: 1, request: 2, reply, event: None };
        assert_eq!(fit(&mut answer, MAX), []);
        assert!((MAX - 2_000..=MAX).contains(&answer.encoded_len()), "as many as fit");
        let Some(wire::Reply::Trail(short)) = answer.reply else { panic!() };
        let kept = short.pages.len() as u64;
        assert_eq!(short.pages, trail.pages[64 - kept as usize..]);
        assert_eq!(u64::from(short.folded) + kept, 69);
        assert_eq!(short.folded_stayed_ms, 10 * (69 - kept));
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        let list = v1::VisitorsSnapshot { rows: vec![row(1, 9_000)], present: 1, filling: false };
        let before = told(wire::Event::VisitorsSnapshot(list));
        let mut after = before.clone();
        assert_eq!(fit(&mut after, MAX), []);
        assert_eq!(after, before);
    }
}
