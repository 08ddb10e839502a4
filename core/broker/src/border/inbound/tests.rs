use frontdesk_desk::id::TenantId;
use frontdesk_proto::limits;
use proptest::prelude::*;

use super::*;
use crate::token::Bearer;
use crate::token::Role;

fn caller(role: Role) -> Caller {
    Caller {
        identity: Identity {
            tenant: TenantId::new("acme").unwrap(),
            bearer: Bearer::new(role, "me").unwrap(),
            departments: None,
            expires_wall_ms: 0,
        },
        address: "192.0.2.7".into(),
        text_bytes_max: limits::TEXT_BYTES_MAX as usize,
        preview_bytes_max: limits::PREVIEW_BYTES_MAX as usize,
    }
}

fn read(caller: &Caller, asked: wire::Command) -> Result<Request, Refused> {
    let frame = v1::Command { link: 3, request: 9, command: Some(asked) }.encode_to_vec();
    let addressed = command(frame.into(), caller);
    assert_eq!((addressed.link, addressed.request), (3, 9));
    addressed.content
}

fn refused(caller: &Caller, asked: wire::Command) -> (Code, String) {
    let refused = read(caller, asked).unwrap_err();
    assert!(refused.message.len() > 10, "{refused:?}");
    (refused.code, refused.subject.into_owned())
}

fn say() -> v1::Say {
    v1::Say {
        session: vec![1; 16].into(),
        client_message_id: vec![2; 16].into(),
        kind: v1::MessageKind::Text.into(),
        body: "hello".into(),
        ..v1::Say::default()
    }
}

fn attach() -> v1::AttachVisitor {
    let page = v1::Page { url: "https://shop.example/".into(), title: String::new() };
    let arrival =
        v1::Arrival { page: Some(page), address: "198.51.100.9".into(), ..Default::default() };
    v1::AttachVisitor { site: "www".into(), arrival: Some(arrival), ..Default::default() }
}

#[test]
fn each_fault_of_a_say_is_refused_by_its_name() {
    let me = caller(Role::Visitor);
    let faulty = |change: fn(&mut v1::Say)| {
        let mut say = say();
        change(&mut say);
        refused(&me, wire::Command::Say(say))
    };
    assert_eq!(faulty(|say| say.session = Bytes::new()), (Code::MissingField, "session".into()));
    assert_eq!(
        faulty(|say| say.session = Bytes::from_static(&[1; 15])),
        (Code::BadValue, "session".into())
    );
    assert_eq!(
        faulty(|say| say.session = Bytes::from_static(&[0; 16])),
        (Code::NotFound, "session".into())
    );
    assert_eq!(
        faulty(|say| say.client_message_id = Bytes::new()),
        (Code::MissingField, "client_message_id".into())
    );
    assert_eq!(faulty(|say| say.kind = 0), (Code::MissingField, "kind".into()));
    assert_eq!(faulty(|say| say.kind = 77), (Code::UnknownKind, "kind".into()));
    assert_eq!(faulty(|say| say.body = Bytes::new()), (Code::MissingField, "body".into()));
    assert_eq!(faulty(|say| say.body = vec![b'x'; 8_193].into()), (Code::TooLong, "body".into()));
    assert_eq!(
        faulty(|say| say.body = Bytes::from_static(&[0xff])),
        (Code::BadValue, "body".into())
    );
}

#[test]
fn a_refusal_says_which_field_is_meant_and_what_it_must_be() {
    let me = caller(Role::Visitor);
    let sentence = |say| read(&me, wire::Command::Say(say)).unwrap_err().message;
    let short = v1::Say { client_message_id: Bytes::from_static(&[1; 15]), ..say() };
    assert_eq!(sentence(short), "client_message_id must have 16 bytes");
    let short = v1::Say { session: Bytes::from_static(&[1; 17]), ..say() };
    assert_eq!(sentence(short), "session must have 16 bytes");
    let moon = DepartmentId::new("moon").unwrap();
    let refused = Refused::from(frontdesk_desk::refusal::Refusal::UnknownDepartment(moon));
    assert_eq!(refused.subject, "department");
    assert!(refused.message.contains("\"moon\""), "{refused:?}");
}

#[test]
fn a_body_is_copied_out_of_its_chunk() {
    let frame: Bytes =
        v1::Command { link: 1, request: 0, command: Some(wire::Command::Say(say())) }
            .encode_to_vec()
            .into();
    let chunk = frame.as_ptr_range();
    let Ok(Request::Command(Command::Say { words, .. })) =
        command(frame.clone(), &caller(Role::Visitor)).content
    else {
        panic!("it is a good one")
    };
    assert!(!chunk.contains(&words.body().as_ptr()));
    assert_eq!(&words.body()[..], b"hello");
}

#[test]
fn a_person_attaches_itself_and_nobody_else() {
    let me = caller(Role::Visitor);
    let Ok(Request::AttachVisitor(own)) =
        read(&me, wire::Command::AttachVisitor(Box::new(attach())))
    else {
        panic!()
    };
    assert_eq!(own.visitor.as_str(), "me");
    assert_eq!(&*own.arrival.address, "192.0.2.7", "what is seen, not what is told");
    let other = v1::AttachVisitor { visitor: "you".into(), ..attach() };
    assert_eq!(
        refused(&me, wire::Command::AttachVisitor(Box::new(other))),
        (Code::NotPermitted, "visitor".into())
    );
    let agent = v1::AttachAgent::default();
    let missing = "role agent, bot, supervisor, admin or gateway".into();
    assert_eq!(refused(&me, wire::Command::AttachAgent(agent)), (Code::NotPermitted, missing));

    let agent = v1::AttachAgent { agent: "you".into(), ..Default::default() };
    assert_eq!(
        refused(&caller(Role::Agent), wire::Command::AttachAgent(agent)),
        (Code::NotPermitted, "agent".into())
    );
    let missing = "role visitor or gateway".into();
    let by_agent = wire::Command::AttachVisitor(Box::new(attach()));
    assert_eq!(refused(&caller(Role::Supervisor), by_agent), (Code::NotPermitted, missing));
}

#[test]
fn a_gateway_attaches_anyone_and_says_where_they_are() {
    let gateway = caller(Role::Gateway);
    let you = v1::AttachVisitor { visitor: "you".into(), ..attach() };
    let Ok(Request::AttachVisitor(you)) =
        read(&gateway, wire::Command::AttachVisitor(Box::new(you)))
    else {
        panic!()
    };
    assert_eq!((you.visitor.as_str(), &*you.arrival.address), ("you", "198.51.100.9"));
    let nobody = wire::Command::AttachVisitor(Box::new(attach()));
    assert_eq!(refused(&gateway, nobody), (Code::MissingField, "visitor".into()));
}

#[test]
fn priority_is_the_gateways_and_has_a_bound() {
    let ask = |priority_minutes| {
        wire::Command::Ask(v1::Ask {
            department: "sales".into(),
            opening: None,
            priority_minutes,
            ..Default::default()
        })
    };
    assert_eq!(
        refused(&caller(Role::Visitor), ask(1)),
        (Code::NotPermitted, "priority_minutes".into())
    );
    assert!(read(&caller(Role::Gateway), ask(1_440)).is_ok());
    assert_eq!(
        refused(&caller(Role::Gateway), ask(1_441)),
        (Code::BadValue, "priority_minutes".into())
    );
}

#[test]
fn a_token_that_names_departments_reaches_no_others() {
    let mut me = caller(Role::Agent);
    me.identity.departments = Some([DepartmentId::new("sales").unwrap()].into());
    let sign_on = |departments: &[&str]| {
        let departments = departments.iter().map(|id| (*id).to_owned()).collect();
        wire::Command::SignOn(v1::SignOn { departments, capacity: 0, ..Default::default() })
    };
    assert!(read(&me, sign_on(&["sales"])).is_ok());
    assert_eq!(
        refused(&me, sign_on(&["sales", "vault"])),
        (Code::NotPermitted, "department vault".into())
    );
    let many = vec!["sales"; 17];
    assert_eq!(refused(&me, sign_on(&many)), (Code::BadValue, "departments".into()));
}

#[test]
fn what_is_no_command_is_refused_under_its_numbers() {
    let me = caller(Role::Visitor);
    let unknown = command(Bytes::from_static(&[0x08, 3, 0x10, 9, 0xa2, 0x3f, 0]), &me);
    assert_eq!(
        (unknown.link, unknown.request, unknown.content.unwrap_err().code),
        (3, 9, Code::UnknownCommand)
    );
    let empty = command(Bytes::new(), &me);
    assert_eq!((empty.link, empty.content.unwrap_err().code), (0, Code::UnknownCommand));
    let garbage = command(Bytes::from_static(&[0x08, 3, 0x10, 9, 0xff, 0xff]), &me);
    assert_eq!(
        (garbage.link, garbage.request, garbage.content.unwrap_err().code),
        (3, 9, Code::Malformed)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_a_panic(frame: Vec<u8>) {
        for role in Role::ALL {
            let _ = command(frame.clone().into(), &caller(role));
        }
    }

    #[test]
    fn no_cut_or_changed_say_is_a_panic(at in 0_usize..60, byte: u8, cut in 0_usize..60) {
        let mut frame = v1::Command { link: 1, request: 2, command: Some(wire::Command::Say(say())) }.encode_to_vec();
        let length = frame.len();
        frame[at % length] = byte;
        frame.truncate(cut);
        let _ = command(frame.into(), &caller(Role::Visitor));
    }
}

#[test]
fn a_session_is_resumed_once_by_an_attach() {
    let me = caller(Role::Agent);
    let point = |session: u8| v1::Resume {
        session: vec![session; 16].into(),
        epoch: vec![3; 16].into(),
        seq: 1,
    };
    let attach = |resume| {
        wire::Command::AttachAgent(v1::AttachAgent { resume, ..v1::AttachAgent::default() })
    };
    let twice = attach(vec![point(1), point(2), point(1)]);
    assert_eq!(refused(&me, twice), (Code::BadValue, "resume".into()));
    let many = attach((0..201).map(|_| point(1)).collect());
    assert_eq!(refused(&me, many), (Code::BadValue, "resume".into()));
    let read = read(&me, attach(vec![point(1), point(2)]));
    assert!(matches!(read, Ok(Request::AttachAgent(attach)) if attach.resume.len() == 2));
}
