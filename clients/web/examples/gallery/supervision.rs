//! Samples for the security officer and the operator.

use kyso_web::{
    AlarmRow, Alarms, Audit, AuditFilter, Checkpoint, Choice, Commitment, DayPermission, DayState,
    DayUse, EntryPage, EntryRow, Foreign, Health, Hour, HsmState, KeyDay, Language, LogProof,
    LogRow, Machines, Problems, Question, QuestionField, QuestionPage, QuestionRow, Questions,
    Role, SpoiltEntry, Timeline, ToldDay, Verification, Verify, WitnessRow,
};

use super::{Page, clerk, frame, minute, organisation, text, titles};

const ROLE: Option<Role> = Some(Role::SecurityOfficer);

pub(crate) fn pages(language: Language) -> Vec<Page> {
    vec![
        ("alarms", alarms(language)),
        ("log-proof", log_proof(language, 2)),
        ("log-proof-halted", log_proof(language, 0)),
        ("audit", audit(language)),
        ("entry", entry(language)),
        ("entry-spoilt", spoilt(language)),
        ("verify", verify(language, &[])),
        (
            "verify-broken",
            verify(
                language,
                &["Dòng 1204877: giá trị băm không khớp với nội dung."],
            ),
        ),
        ("timeline", timeline(language)),
        ("questions", questions(language)),
        ("question", question_page(language)),
        ("key-day", key_day(language)),
        (
            "officer-sessions",
            clerk::sessions(language, Role::SecurityOfficer),
        ),
        (
            "officer-credential",
            organisation::credential(language, Role::SecurityOfficer),
        ),
        ("machines", machines(language)),
    ]
}

fn alarms(language: Language) -> String {
    let row = |sequence, word: &str, meaning: &str, to_do: &str, about: &str| AlarmRow {
        sequence,
        at: minute(-3),
        meaning: meaning.into(),
        word: word.into(),
        to_do: to_do.into(),
        about: about.into(),
    };
    Alarms {
        frame: frame(language, ROLE, "/ui/alarms"),
        rows: vec![
            row(
                1_204_881,
                "signature_disputed",
                "Chủ khóa báo rằng mình không ký; khóa đã bị tạm khóa.",
                "Gọi cho chủ khóa; so biên nhận với văn bản.",
                "Nguyễn Thị Ánh Tuyết",
            ),
            row(
                1_204_112,
                "witness_ahead",
                "Một bên làm chứng đã ký cho nhật ký dài hơn nhật ký đang có.",
                "Xin bên làm chứng mốc họ đang giữ.",
                "",
            ),
        ],
        acknowledges: Some(1_204_882),
        older: Some("/ui/alarms?before=1204112".to_owned()),
    }
    .render()
}

fn log_proof(language: Language, cosigned: usize) -> String {
    let names = ["witness.cantho.example", "witness.dongthap.example"];
    let witness = |(at, name): (usize, &str)| WitnessRow {
        name: name.into(),
        cosigned: (at < cosigned).then(|| minute(0)),
    };
    LogProof {
        frame: frame(language, ROLE, "/ui/log"),
        at: minute(1),
        health: if cosigned == 0 {
            Health::Down
        } else {
            Health::Well
        },
        halted: cosigned == 0,
        origin: "ky.hatinh.example/2026".into(),
        entries: 1_204_885,
        newest: Some(Checkpoint {
            size: 1_204_881,
            at: minute(0),
            root: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        }),
        witnessed: (cosigned > 0).then_some(1_204_881),
        quorum: 1,
        required: true,
        witnesses: names.into_iter().enumerate().map(witness).collect(),
    }
    .render()
}

fn row(sequence: u64, event: &str, meaning: &str, outcome: &str, alarming: bool) -> EntryRow {
    EntryRow {
        sequence,
        at: minute(1),
        meaning: meaning.into(),
        event: event.into(),
        actor: "anhtuyet".into(),
        about: "Ủy ban nhân dân tỉnh Hà Tĩnh".into(),
        outcome: outcome.into(),
        alarming,
    }
}

fn rows() -> Vec<EntryRow> {
    vec![
        row(
            1_204_881,
            "signature.outcome",
            "Kết quả của lần ký, theo từng giá trị băm.",
            "signed",
            false,
        ),
        row(
            1_204_880,
            "signature.intent",
            "Máy chủ sắp dùng khóa để ký các giá trị băm này.",
            "",
            false,
        ),
        row(
            1_204_879,
            "sad.refused",
            "Từ chối cho phép ký.",
            "refused",
            true,
        ),
    ]
}

fn choices(names: &[&str]) -> Vec<Choice> {
    let all = Choice {
        value: String::new(),
        text: "—".into(),
        chosen: true,
    };
    let others = names.iter().map(|name| Choice {
        value: (*name).to_owned(),
        text: (*name).into(),
        chosen: false,
    });
    std::iter::once(all).chain(others).collect()
}

fn audit(language: Language) -> String {
    let filter = AuditFilter {
        from: "2026-11-26T00:00".to_owned(),
        events: choices(&["signature.intent", "signature.outcome", "sad.refused"]),
        outcomes: choices(&["signed", "refused", "failed"]),
        ..AuditFilter::default()
    };
    Audit {
        frame: frame(language, ROLE, "/ui/audit?from=2026-11-26T00:00"),
        filter,
        rows: std::iter::once(LogRow::Spoilt(1_204_882))
            .chain(rows().into_iter().map(LogRow::Whole))
            .collect(),
        older: Some("/ui/audit?before=1204879".to_owned()),
        problems: Problems::none(),
    }
    .render()
}

fn entry(language: Language) -> String {
    let json = "{\n  \"actor\": {\n    \"kind\": \"person\",\n    \"login\": \"anhtuyet\"\n  },\n  \"digests\": [\n    \
        \"n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg\"\n  ],\n  \"event\": \"signature.outcome\",\n  \"sequence\": 1204881,\n  \"v\": 1\n}";
    let commitment = |member: &str, opening: Option<Foreign>, fits| Commitment {
        member: member.into(),
        hash: "2c26b46b68ffc68ff99b453c1d304134".repeat(2),
        opening,
        fits,
    };
    EntryPage {
        frame: frame(language, ROLE, "/ui/audit/1204881"),
        row: rows().remove(0),
        leaf_hash: "b5bb9d8014a0f9b1d61e21e796d78dcc".repeat(2),
        json: json.lines().map(Foreign::new).collect(),
        commitments: vec![
            commitment("documents[0].subject", Some(titles()[1].clone()), true),
            commitment("person.name", None, false),
        ],
        further: Some("/ui/audit/1204881?from=9".to_owned()),
        neighbours: (Some(1_204_880), Some(1_204_882)),
    }
    .render()
}

fn spoilt(language: Language) -> String {
    SpoiltEntry {
        frame: frame(language, ROLE, "/ui/audit/1204882"),
        sequence: 1_204_882,
        leaf_hash: "b5bb9d8014a0f9b1d61e21e796d78dcc".repeat(2),
        neighbours: (Some(1_204_881), None),
    }
    .render()
}

fn verify(language: Language, findings: &[&str]) -> String {
    let result = Verification {
        at: minute(3),
        entries: 1_204_882,
        vouched: Some(1_204_880),
        root: "7d865e959b2466918c9863afca942d0f".repeat(2),
        findings: findings.iter().map(|finding| text(finding)).collect(),
    };
    Verify {
        frame: frame(language, ROLE, "/ui/audit/verify"),
        result: Some(result),
    }
    .render()
}

fn timeline(language: Language) -> String {
    let busy = [
        0, 0, 0, 0, 0, 1, 9, 60, 240, 380, 610, 150, 40, 300, 420, 520, 700, 130, 20, 4, 0, 0, 0, 0,
    ];
    let hours = busy.iter().enumerate().map(|(hour, count)| Hour {
        name: format!("{hour:02}"),
        counts: vec![*count, count / 2, count / 3, count / 9],
    });
    Timeline {
        frame: frame(language, ROLE, "/ui/timeline?day=2026-11-26"),
        day: "2026-11-26".to_owned(),
        day_shown: minute(0).day().into(),
        agencies: [
            "Văn phòng UBND tỉnh",
            "Sở Tài chính",
            "Sở Khoa học và Công nghệ",
            "Các cơ quan khác",
        ]
        .map(Foreign::new)
        .to_vec(),
        hours: hours.collect(),
    }
    .render()
}

fn question(name: &str, must_be_empty: bool, rows: &str) -> Question {
    Question {
        name: name.to_owned(),
        title: "Đóng dấu ngoài giờ làm việc".into(),
        counts: "Đếm các lần khóa con dấu đã ký kết thúc ngoài giờ làm việc theo giờ Việt Nam."
            .into(),
        blind: "Không biết ngày lễ, ngày làm bù và trực ngoài giờ.".into(),
        must_be_empty,
        rows: rows.to_owned(),
    }
}

fn questions(language: Language) -> String {
    Questions {
        frame: frame(language, ROLE, "/ui/audit/views"),
        from: minute(-43_200),
        to: minute(0),
        questions: vec![
            question("expired-authority", true, "0"),
            question("seal-without-signature", true, "3"),
            question("seal-outside-hours", false, "1000+"),
        ],
    }
    .render()
}

fn question_page(language: Language) -> String {
    let row = |sequence, why: &str| QuestionRow {
        sequence: Some(sequence),
        at: Some(minute(2)),
        why: why.into(),
        what: "Kết quả của lần ký, theo từng giá trị băm.".into(),
        who: "van-ban-tinh".into(),
        about: titles()[1].clone(),
        count: String::new(),
        credential: Some("c1".to_owned()),
    };
    let field = |name, kind| QuestionField {
        name,
        kind,
        value: String::new(),
    };
    QuestionPage {
        frame: frame(language, ROLE, "/ui/audit/views/seal-outside-hours"),
        question: question("seal-outside-hours", false, ""),
        fields: vec![
            field("from", "datetime-local"),
            field("begins", "time"),
            field("weekdays", "text"),
        ],
        rows: vec![row(1_204_881, "Ngoài giờ"), row(1_204_102, "Ngày nghỉ")],
        further: Some("/ui/audit/views/seal-outside-hours?after=1204102".to_owned()),
        problems: Problems::none(),
    }
    .render()
}

fn key_day(language: Language) -> String {
    KeyDay {
        frame: frame(
            language,
            ROLE,
            "/ui/audit/key-use?credential=c1&day=2026-11-26",
        ),
        problems: Problems::none(),
        credential: "0199a1b2-0000-7000-8000-00000000001e".into(),
        day: "2026-11-26".to_owned(),
        told: Some(told_day()),
    }
    .render()
}

fn told_day() -> ToldDay {
    ToldDay {
        owner: titles()[0].clone(),
        owner_in_log: false,
        whole: true,
        states: vec![DayState {
            sequence: 41,
            at: minute(-9_000),
            state: "Đang hoạt động".into(),
            meaning: "Đã kích hoạt khóa để ký.".into(),
        }],
        permissions: vec![DayPermission {
            kind: "Phiên đóng dấu".into(),
            sequence: 1_204_800,
            holder: titles()[1].clone(),
            what: "50".into(),
            from: Some(minute(0)),
            until: Some(minute(60)),
            ended_by: Some(1_204_990),
        }],
        uses: vec![DayUse {
            sequence: 1_204_881,
            at: minute(1),
            meaning: "Kết quả của lần ký, theo từng giá trị băm.".into(),
            outcome: "Thành công".into(),
            alarming: false,
            who: "van-ban-tinh".into(),
            client: "van-ban-tinh".into(),
            grant: "0199a1b2-0000-7000-8000-00000000001f".into(),
            epoch: 31,
            digests: 12,
        }],
        epochs: "31".to_owned(),
        spoilt: vec![1_204_880],
        blind: vec!["Nhật ký không biết ai thực sự ngồi sau tài khoản.".into()],
        further: None,
    }
}

fn machines(language: Language) -> String {
    Machines {
        frame: frame(language, Some(Role::Operator), "/ui/machines"),
        at: minute(0),
        hsm: HsmState {
            health: Health::Well,
            facts: vec![
                (text("Nhãn"), text("kyso")),
                (text("Sê-ri"), text("3f1c0a5e77d2")),
                (text("Kiểu"), text("LunaSA 7.7.1")),
                (text("Thư viện PKCS#11"), text("Chrystoki 10.7")),
            ],
            phase: "sẵn sàng".into(),
            since: minute(0),
            figures: vec![(text("Số lần mất kết nối"), text("1"))],
        },
        lanes: vec![
            (text("Đang bận"), text("3")),
            (text("Đang chạy"), text("4")),
        ],
        queue: vec![
            (text("Người ký"), text("2 / 512")),
            (text("Đóng dấu"), text("41 / 512")),
        ],
        journal: vec![
            (text("Số dòng"), text("1.204.882")),
            (text("Ghi mỗi giây"), text("412")),
            (text("Chậm nhất (ms)"), text("7,9")),
        ],
        server: vec![(text("Đồng hồ lệch (µs)"), text("-310"))],
    }
    .render()
}
