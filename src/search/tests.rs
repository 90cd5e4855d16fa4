//! What people find: a table of questions over a fixed house in many languages, and the same judged by a plain scan.
use super::asked::{self, Trait, What};
use super::find::{self, Part, Sort};
use super::index::{self, Entry, Opened};
use super::wanted::{Asker, Wanted};
use super::{snippet, token};
use crate::id::Id;
use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

/// A message by its label: who said it, what, and the names of its files.
const HOUSE: &[(&str, &str, &[&str])] = &[
    ("en1", "The deployment failed last night because the disk was full.", &[]),
    ("en2", "Let's deploy the new release on Friday.", &[]),
    ("en3", "Please review my pull request before lunch", &[]),
    ("en4", "I don't think the café on Main Street is open", &[]),
    ("en5", "Naïve question: what's a résumé?", &[]),
    ("en6", "Ann's birthday cake: chocolate & cherries", &[]),
    ("en7", "The quick brown fox jumps over the lazy dog", &[]),
    ("en8", "A dog is quick, the fox is brown", &[]),
    ("en9", "MEETING MOVED TO 15:30 TOMORROW", &[]),
    ("en10", "see https://example.org/plans/2026?draft=1 for details", &[]),
    ("en11", "Email bob.smith@example.com about the invoice #4711", &[]),
    ("en12", "rock'n'roll will never die", &[]),
    ("de1", "Die Straße ist wegen Bauarbeiten gesperrt.", &[]),
    ("de2", "Wir treffen uns in der Hauptstrasse 5 um halb acht.", &[]),
    ("de3", "Grüße aus München! Schönes Wochenende.", &[]),
    ("de4", "Die Donaudampfschifffahrtsgesellschaft grüßt", &[]),
    ("es1", "¿Dónde está la reunión de mañana?", &[]),
    ("es2", "El niño comió una piña en el jardín", &[]),
    ("es3", "Año nuevo, vida nueva", &[]),
    ("fr1", "L'hôtel près de la gare est complet aujourd'hui", &[]),
    ("fr2", "Un œuf et une crème brûlée, s'il vous plaît", &[]),
    ("tr1", "İstanbul'da hava çok güzel", &[]),
    ("tr2", "Işık ılık bir akşam", &[]),
    ("pl1", "Łódź jest piękna, zażółć gęślą jaźń", &[]),
    ("da1", "Rødgrød med fløde på Ærø", &[]),
    ("vi1", "Đường phố Hà Nội rất đông", &[]),
    ("ru1", "Завтра встреча в десять часов", &[]),
    ("ru2", "Ёлка стоит в углу, а ёжик спит", &[]),
    ("ru3", "Мой йогурт в холодильнике", &[]),
    ("uk1", "Київ чудовий навесні", &[]),
    ("el1", "Καλημέρα, πού είναι ο Οδυσσεύς;", &[]),
    ("ar1", "مرحبًا، متى الاجتماع غدًا؟", &[]),
    ("ar2", "أحمد في المدرسة مع مُحَمَّد", &[]),
    ("ar3", "الكتاب على الطاولة", &[]),
    ("fa1", "می\u{200c}خواهم یک کتاب بخرم", &[]),
    ("he1", "שָׁלוֹם לכולם, מה שלומכם היום", &[]),
    ("hi1", "कल बैठक दस बजे है", &[]),
    ("hi2", "मुझे यह किताब पसंद है", &[]),
    ("hi3", "क़लम मेज़ पर है", &[]),
    ("zh1", "明天下午三点开会", &[]),
    ("zh2", "北京大学的图书馆很大", &[]),
    ("zh3", "我在北京，大学已经毕业", &[]),
    ("zh4", "服务器磁盘已满", &[]),
    ("ja1", "東京都に住んでいます", &[]),
    ("ja2", "京都は秋がきれいです", &[]),
    ("ja3", "サーバーの電源を入れてください", &[]),
    ("ja4", "ﾃｽﾄは明日です", &[]),
    ("ja5", "ねこが好き、猫カフェに行く", &[]),
    ("ko1", "내일 회의는 세 시에 시작합니다", &[]),
    ("ko2", "한국어 검색을 시험합니다", &[]),
    ("th1", "พรุ่งนี้มีประชุมตอนบ่ายสาม", &[]),
    ("th2", "ฉันชอบกินข้าวผัด", &[]),
    ("km1", "សួស្តី\u{200b}អ្នក\u{200b}ទាំងអស់គ្នា", &[]),
    ("my1", "မင်္ဂလာပါ ခင်ဗျာ", &[]),
    ("code1", "call getUserName() before set_user_name", &[]),
    ("code2", "the bug is in src/search/token.rs:42", &[]),
    ("code3", "fn parse_query(text: &str) -> Asked", &[]),
    ("code4", "upgrade to v1.2.3 or 1.2.10", &[]),
    ("code5", "C++ is not C# and not C", &[]),
    ("code6", "HTTPServer returned 503, UTF-8 expected", &[]),
    ("code7", "SNUG_TEST_FULL=1 cargo test --lib", &[]),
    ("code8", "commit 9ea495c1f fixes R13 and utf8", &[]),
    ("code9", "`kubectl get pods -n kube-system`", &[]),
    ("num1", "Phone: +49 170 1234567", &[]),
    ("num2", "costs 1,299.50 € in total", &[]),
    ("num3", "الرقم ٤٢ هو الجواب", &[]),
    ("emo1", "Great work 🎉🎉", &[]),
    ("emo2", "ok 👍🏽", &[]),
    ("emo3", "the family 👨\u{200d}👩\u{200d}👧 is here", &[]),
    ("emo4", "flying to 🇩🇪 from 🇫🇷", &[]),
    ("emo5", "❤️ this", &[]),
    ("mix1", "iPhone版のアプリを更新", &[]),
    ("mix2", "PRをレビューしてください", &[]),
    ("wide1", "ＦＵＬＬＷＩＤＴＨ ｔｅｘｔ", &[]),
    ("file1", "", &["Quarterly Report 2026.pdf"]),
    ("file2", "photos from the trip", &["IMG_2041.jpeg", "IMG_2042.jpeg"]),
    ("file3", "最終版です", &["見積書_最終.xlsx"]),
];

/// A question, and the labels of what is found.
const TABLE: &[(&str, &[&str])] = &[
    // Words, their case, and the beginning of the last one.
    ("deployment", &["en1"]),
    ("DEPLOYMENT", &["en1"]),
    ("deploy", &["en1", "en2"]),
    ("deploy ", &["en2"]),
    ("depl", &["en1", "en2"]),
    ("disk full", &["en1"]),
    ("full disk ", &["en1"]),
    ("disk empty", &[]),
    ("review", &["en3"]),
    ("rev", &["en3"]),
    ("pull request", &["en3"]),
    ("quick fox", &["en7", "en8"]),
    ("\"quick brown fox\"", &["en7"]),
    ("\"brown fox\"", &["en7"]),
    ("\"fox is brown\"", &["en8"]),
    ("\"fox brown\"", &[]),
    ("“lazy dog”", &["en7"]),
    ("fox -lazy", &["en8"]),
    ("fox -\"lazy dog\" ", &["en8"]),
    ("dog -fox", &[]),
    ("meeting moved", &["en9"]),
    ("15:30", &["en9"]),
    ("birthday", &["en6"]),
    ("anns ", &["en6"]),
    ("Ann's ", &["en6"]),
    ("cherries chocolate ", &["en6"]),
    // Apostrophes, and accents that people leave out.
    ("don't ", &["en4"]),
    ("dont ", &["en4"]),
    ("don’t ", &["en4"]),
    ("cafe ", &["en4"]),
    ("café ", &["en4"]),
    ("CAFÉ ", &["en4"]),
    ("resume ", &["en5"]),
    ("naive ", &["en5"]),
    ("rock'n'roll ", &["en12"]),
    ("rock roll ", &["en12"]),
    ("rocknroll ", &["en12"]),
    // Addresses.
    ("example.org", &["en10"]),
    ("https://example.org/plans", &["en10"]),
    ("plans/2026", &["en10"]),
    ("bob.smith@example.com", &["en11"]),
    ("smith ", &["en11"]),
    ("4711", &["en11"]),
    ("#4711", &["en11"]),
    ("invo", &["en11"]),
    // German.
    ("straße ", &["de1"]),
    ("strasse ", &["de1"]),
    ("STRASSE ", &["de1"]),
    ("hauptstraße", &["de2"]),
    ("grüße", &["de3"]),
    ("grusse ", &["de3"]),
    ("grüßt ", &["de4"]),
    ("munchen ", &["de3"]),
    ("München", &["de3"]),
    ("schönes wochenende", &["de3"]),
    ("donaudampf", &["de4"]),
    // Spanish, French, Turkish, Polish, Danish, Vietnamese.
    ("donde ", &["es1"]),
    ("reunion", &["es1"]),
    ("mañana", &["es1"]),
    ("nino ", &["es2"]),
    ("piña", &["es2"]),
    ("año ", &["es3"]),
    ("ano nuevo ", &["es3"]),
    ("hotel ", &["fr1"]),
    ("l'hôtel ", &["fr1"]),
    ("aujourd'hui ", &["fr1"]),
    ("oeuf ", &["fr2"]),
    ("creme brulee ", &["fr2"]),
    ("istanbul ", &["tr1"]),
    ("İSTANBUL ", &["tr1"]),
    ("güzel", &["tr1"]),
    ("isik ", &["tr2"]),
    ("ılık ", &["tr2"]),
    ("lodz ", &["pl1"]),
    ("zazolc ", &["pl1"]),
    ("rodgrod ", &["da1"]),
    ("aero ", &["da1"]),
    ("duong pho ", &["vi1"]),
    ("hà nội", &["vi1"]),
    // Russian, Ukrainian, Greek.
    ("встреча", &["ru1"]),
    ("ЗАВТРА ", &["ru1"]),
    ("встр", &["ru1"]),
    ("елка ", &["ru2"]),
    ("ёлка ", &["ru2"]),
    ("ежик ", &["ru2"]),
    ("йогурт", &["ru3"]),
    ("мой ", &["ru3"]),
    ("мои ", &[]),
    ("київ", &["uk1"]),
    ("καλημερα ", &["el1"]),
    ("ΟΔΥΣΣΕΥΣ ", &["el1"]),
    ("που ", &["el1"]),
    // Arabic, Persian, Hebrew.
    ("الاجتماع", &["ar1"]),
    ("مرحبا ", &["ar1"]),
    ("غدا ", &["ar1"]),
    ("احمد ", &["ar2"]),
    ("أحمد ", &["ar2"]),
    ("محمد ", &["ar2"]),
    ("المدرسه ", &["ar2"]),
    ("علي ", &["ar3"]),
    ("كتـــاب ", &["fa1"]),
    ("میخواهم ", &["fa1"]),
    ("شلوم", &[]),
    ("שלום ", &["he1"]),
    // Hindi.
    ("किताब", &["hi2"]),
    ("बैठक", &["hi1"]),
    ("कलम ", &["hi3"]),
    ("क़लम ", &["hi3"]),
    ("मेज ", &["hi3"]),
    ("कल ", &["hi1"]),
    // Chinese.
    ("开会", &["zh1"]),
    ("明天", &["zh1"]),
    ("北京", &["zh2", "zh3"]),
    ("北京大学", &["zh2"]),
    ("图书馆", &["zh2"]),
    ("大学", &["zh2", "zh3"]),
    ("\"北京大学\"", &["zh2"]),
    ("大", &["zh2", "zh3"]),
    ("满", &["zh4"]),
    ("磁盘 服务器", &["zh4"]),
    ("京大", &["zh2"]),
    // Japanese.
    ("東京", &["ja1"]),
    ("京都", &["ja1", "ja2"]),
    ("京", &["ja1", "ja2", "zh2", "zh3"]),
    ("サーバー", &["ja3"]),
    ("さーばー", &["ja3"]),
    ("電源", &["ja3"]),
    ("テスト", &["ja4"]),
    ("ﾃｽﾄ", &["ja4"]),
    ("明日", &["ja4"]),
    ("猫", &["ja5"]),
    ("ネコ", &["ja5"]),
    ("カフェ", &["ja5"]),
    // Korean.
    ("회의", &["ko1"]),
    ("내일", &["ko1"]),
    ("한국어", &["ko2"]),
    ("한국", &["ko2"]),
    ("국어", &["ko2"]),
    ("시작합니다", &["ko1"]),
    ("합니다", &["ko1", "ko2"]),
    ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", &["ko2"]),
    // Thai, Khmer, Burmese.
    ("ประชุม", &["th1"]),
    ("พรุ่งนี้", &["th1"]),
    ("ข้าวผัด", &["th2"]),
    ("กินข้าว", &["th2"]),
    ("ชอบ ", &["th2"]),
    ("អ្នកទាំងអស់", &["km1"]),
    ("မင်္ဂလာ", &["my1"]),
    // Code, numbers, names of things.
    ("getUserName", &["code1"]),
    ("getusername", &["code1"]),
    ("set_user_name", &["code1"]),
    ("user name ", &["code1"]),
    ("UserName", &["code1"]),
    ("getUserN", &["code1"]),
    ("set_user_na", &["code1"]),
    ("get_user_name", &["code1"]),
    ("token.rs", &["code2"]),
    ("src/search/token.rs", &["code2"]),
    ("search/tok", &["code2"]),
    ("token.rs:42", &["code2"]),
    ("parse_query", &["code3"]),
    ("query", &["code3"]),
    ("&str ", &["code3"]),
    ("1.2.3", &["code4"]),
    ("v1.2.3", &["code4"]),
    ("1.2.10 ", &["code4"]),
    ("1.2.4", &[]),
    ("C++", &["code5"]),
    ("C#", &["code5"]),
    ("HTTPServer", &["code6"]),
    ("http", &["code6", "en10"]),
    ("server 503", &["code6"]),
    ("UTF-8", &["code6", "code8"]),
    ("utf8", &["code6", "code8"]),
    ("SNUG_TEST_FULL", &["code7"]),
    ("snug_test", &["code7"]),
    ("--lib", &["code7"]),
    ("9ea495c1f", &["code8"]),
    ("9ea4", &["code8"]),
    ("R13 ", &["code8"]),
    ("kube-system", &["code9"]),
    ("1234567", &["num1"]),
    ("170 1234567", &["num1"]),
    ("1,299.50", &["num2"]),
    ("1299", &[]),
    ("42 ", &["code2", "num3"]),
    ("٤٢ ", &["code2", "num3"]),
    // Emoji.
    ("🎉", &["emo1"]),
    (":tada:", &["emo1"]),
    ("👍", &["emo2"]),
    ("👍🏿", &["emo2"]),
    ("👨\u{200d}👩\u{200d}👧", &["emo3"]),
    ("👩", &["emo3"]),
    ("🇩🇪", &["emo4"]),
    ("🇪🇫", &[]),
    ("❤", &["emo5"]),
    ("work 🎉", &["emo1"]),
    // Scripts side by side, and wide letters.
    ("iPhone", &["mix1"]),
    ("アプリ", &["mix1"]),
    ("iPhone版", &["mix1"]),
    ("レビュー", &["mix2"]),
    ("PR ", &["mix2"]),
    ("fullwidth text", &["wide1"]),
    // Names of files, and what else a message has.
    ("report", &["file1"]),
    ("quarterly report", &["file1"]),
    ("report.pdf", &[]),
    ("2026.pdf", &["file1"]),
    ("IMG_2042", &["file2"]),
    ("trip img", &["file2"]),
    ("見積書", &["file3"]),
    ("has:file", &["file1", "file2", "file3"]),
    ("has:image", &["file2"]),
    ("has:link", &["en10"]),
    ("has:file trip", &["file2"]),
    ("has:file -has:image", &["file1", "file3"]),
    ("-has:file 最終", &[]),
    // What says nothing finds nothing.
    ("", &[]),
    ("   ", &[]),
    ("!?", &[]),
    ("-", &[]),
    ("\"\"", &[]),
    ("\" \"", &[]),
    ("()", &[]),
];

const ROOM: Id = 7;

fn entries() -> Vec<Entry> {
    let entry = |(number, (_, text, files)): (usize, &(&str, &str, &[&str]))| {
        let kinds = files.iter().map(|name| if name.ends_with("jpeg") { Trait::Image } else { Trait::File });
        let mut has: Vec<Trait> = kinds.collect();
        if !has.is_empty() && !has.contains(&Trait::File) {
            has.push(Trait::File);
        }
        if text.contains("https://") {
            has.push(Trait::Link);
        }
        Entry {
            room: ROOM,
            id: number as Id + 1,
            user: 1,
            at: 1_000 * number as u64,
            text: (*text).to_owned(),
            files: files.iter().map(|name| (*name).to_owned()).collect(),
            to: Vec::new(),
            has,
        }
    };
    HOUSE.iter().enumerate().map(entry).collect()
}

fn asker() -> Asker {
    Asker { user: 1, minutes_east: 0, now: 1_000_000 }
}

fn wanted(question: &str, rooms: &[Id]) -> Wanted {
    let rooms: HashSet<Id> = rooms.iter().copied().collect();
    Wanted { asked: asked::parse(question, asker().today()), rooms, ..Wanted::default() }
}

fn part(sort: Sort, cursor: Option<u64>, limit: usize) -> Part {
    Part { sort, cursor, limit, now: asker().now, deadline: Instant::now() + Duration::from_secs(60) }
}

fn found(opened: &Opened, wanted: &Wanted, part: Part) -> find::Found {
    find::find(&opened.reader.searcher(), opened.fields, wanted, part).unwrap()
}

fn labels(found: &find::Found) -> BTreeSet<&'static str> {
    found.places.iter().map(|(_, id)| HOUSE[*id as usize - 1].0).collect()
}

/// Whether a message fits, looked at by itself.
fn fits(wanted: &Wanted, entry: &Entry) -> bool {
    let texts: Vec<_> = std::iter::once(&entry.text).chain(&entry.files).map(|text| token::tokens(text)).collect();
    let clauses = &wanted.asked.clauses;
    !wanted.is_nothing()
        && wanted.rooms.contains(&entry.room)
        && clauses.iter().all(|clause| {
            let is_so = match &clause.what {
                What::Words(words) => texts.iter().any(|tokens| snippet::holds(words, tokens)),
                What::Has(has) => entry.has.contains(has),
                _ => true,
            };
            is_so != clause.negated
        })
}

#[test]
fn people_find_what_they_expect_in_every_language() {
    assert!(TABLE.len() >= 150, "{}", TABLE.len());
    let entries = entries();
    let opened = index::of_entries(&entries);
    let mut wrong = Vec::new();
    for (question, expected) in TABLE {
        let wanted = wanted(question, &[ROOM]);
        let all = found(&opened, &wanted, part(Sort::Best, None, 200));
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        if labels(&all) != expected {
            wrong.push(format!("{question:?} finds {:?}, not {expected:?}", labels(&all)));
        }
        assert_eq!(all.total, all.places.len() as u64, "{question:?}");
        let scanned: BTreeSet<Id> = entries.iter().filter(|entry| fits(&wanted, entry)).map(|entry| entry.id).collect();
        let places: BTreeSet<Id> = all.places.iter().map(|(_, id)| *id).collect();
        assert_eq!(places, scanned, "{question:?}: the index and a plain scan differ");
        // Whoever finds words sees where they are.
        for (_, id) in &all.places {
            let entry = &entries[*id as usize - 1];
            let names: Vec<&str> = entry.files.iter().map(String::as_str).collect();
            let asks_words =
                wanted.asked.clauses.iter().any(|clause| !clause.negated && matches!(clause.what, What::Words(_)));
            let pieces = snippet::snippet(&wanted.asked, &entry.text, &names);
            assert_eq!(pieces.iter().any(|piece| piece.mark), asks_words, "{question:?} in {pieces:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_of_others_are_not_looked_into() {
    let mut entries = entries();
    for entry in entries.iter_mut().step_by(2) {
        entry.room = 8;
    }
    let opened = index::of_entries(&entries);
    for (rooms, room) in [(&[7][..], 7), (&[8], 8)] {
        let all = found(&opened, &wanted("-nothing", rooms), part(Sort::Newest, None, 200));
        assert!(!all.places.is_empty() && all.places.iter().all(|(place, _)| *place == room));
        assert_eq!(all.total as usize, all.places.len(), "the sum says nothing of others");
    }
    assert_eq!(found(&opened, &wanted("fox", &[]), part(Sort::Best, None, 200)), find::Found::default());
    assert_eq!(found(&opened, &wanted("fox", &[9]), part(Sort::Best, None, 200)), find::Found::default());
}

#[test]
fn no_question_breaks_it() {
    let opened = index::of_entries(&entries());
    let long = [
        "(".repeat(10_000),
        "a* ".repeat(5_000),
        "\"".repeat(10_000),
        "x".repeat(10_000),
        "大".repeat(5_000),
        "-a ".repeat(4_000),
        "from:\"".repeat(3_000),
        "aB1".repeat(4_000),
        "\u{300}".repeat(10_000),
        "🇩".repeat(5_000),
        "a.b.c.d.e.f.g.h ".repeat(1_000),
    ];
    let short = [
        "AND",
        "OR",
        "NOT",
        "AND OR",
        "+",
        "-",
        "- -",
        "*",
        "?",
        "~",
        "^",
        "\\",
        "\\\"",
        "[a TO b]",
        "{a TO *}",
        "text:fox",
        "id:1",
        "room:7",
        "(fox",
        "fox)",
        "/fox/",
        "/(a+)+$/",
        ".*",
        "fox~2",
        "fox^9",
        "\"fox",
        "fox\"",
        "\"fox dog\"~3",
        "\0",
        "\u{feff}",
        "\u{202e}fox",
        "from:",
        "in:",
        "has:",
        "before:",
        "before:9999-99-99",
        "on:-1",
        "is:",
        "to:",
        ":",
        "::",
        "-:",
        "-\"",
        "--fox",
        "-from:me",
        "%00",
        "<script>",
        "' OR 1=1 --",
        "${x}",
        "{{x}}",
        "\u{d7ff}\u{e000}",
        "\u{10ffff}",
    ];
    for question in long.iter().map(String::as_str).chain(short) {
        for sort in [Sort::Best, Sort::Newest] {
            found(&opened, &wanted(question, &[ROOM]), part(sort, None, 50));
        }
    }
    // Signs that are none of the query's own language are text.
    for question in ["text:fox", "(fox", "fox)", "/fox/", "fox^", "\u{202e}fox", "\"fox", "[fox", "*fox*"] {
        let all = found(&opened, &wanted(question, &[ROOM]), part(Sort::Best, None, 50));
        let expected: &[&str] = if question == "text:fox" { &[] } else { &["en7", "en8"] };
        assert_eq!(labels(&all), expected.iter().copied().collect(), "{question:?}");
    }
}

#[test]
fn pages_follow_each_other_and_time_has_an_end() {
    let entry = |id: Id| Entry {
        room: ROOM,
        id,
        at: id * 1_000,
        text: format!("word {}", "pad ".repeat(id as usize % 7)),
        ..Entry::default()
    };
    let entries: Vec<Entry> = (1..=40).map(entry).collect();
    let opened = index::of_entries(&entries);
    for sort in [Sort::Best, Sort::Newest] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = found(&opened, &wanted("word ", &[ROOM]), part(sort, cursor, 7));
            assert_eq!((page.total, page.partial), (40, false));
            seen.extend(page.places.iter().map(|(_, id)| *id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 40, "{seen:?}");
        assert_eq!(seen.len(), 40);
        if sort == Sort::Newest {
            assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
        }
    }
    let late = Part { deadline: Instant::now(), ..part(Sort::Best, None, 7) };
    assert!(found(&opened, &wanted("word ", &[ROOM]), late).partial);
}

#[test]
fn of_two_that_fit_alike_the_newer_is_first_and_the_better_before_both() {
    let month = 30 * 24 * 3_600_000;
    let entry = |id: Id, at: u64, text: &str| Entry { room: ROOM, id, at, text: text.to_owned(), ..Entry::default() };
    let now = 100 * month;
    let entries = [
        entry(1, now - 40 * month, "budget for the year"),
        entry(2, now - 20 * month, "budget for the year"),
        entry(3, now - 1_000, "budget for the year"),
        entry(4, now - 2 * month, "budget budget budget"),
        entry(5, now, "nothing of that"),
    ];
    let opened = index::of_entries(&entries);
    let best = Part { now, ..part(Sort::Best, None, 10) };
    let order: Vec<Id> = found(&opened, &wanted("budget ", &[ROOM]), best).places.iter().map(|(_, id)| *id).collect();
    assert_eq!(&order[2..], [2, 1], "{order:?}");
    assert_eq!(order[..2].iter().collect::<BTreeSet<_>>(), [3, 4].iter().collect());
}
