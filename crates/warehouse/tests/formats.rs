//! Rendering answers.

use std::sync::Arc;

use leadrank_warehouse::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray,
};
use leadrank_warehouse::arrow::record_batch::RecordBatch;
use leadrank_warehouse::format::{to_csv, to_json, to_parquet, to_table};

fn batch() -> RecordBatch {
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1, -20])) as ArrayRef),
        (
            "x",
            Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN)])),
        ),
        (
            "note",
            Arc::new(StringArray::from(vec![Some("=1+1"), None])),
        ),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
    ])
    .unwrap()
}

#[test]
fn a_table_is_aligned_numbers_to_the_right() {
    let text = to_table(&[batch()]).unwrap();
    assert_eq!(
        text,
        " id    x  note  ok\n---  ---  ----  ----\n  1  0.5  =1+1  true\n-20  NaN  null  null\n"
    );
}

#[test]
fn a_table_cannot_move_the_cursor() {
    let cells = Arc::new(StringArray::from(vec!["a\nb\u{1b}[2J"])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("t", cells)]).unwrap();
    assert!(to_table(&[batch]).unwrap().ends_with("a\\nb?[2J\n"));
}

#[test]
fn csv_disarms_formulas_unless_raw_and_leaves_numbers() {
    let safe = String::from_utf8(to_csv(&[batch()], false).unwrap()).unwrap();
    assert_eq!(safe, "id,x,note,ok\n1,0.5,'=1+1,true\n-20,NaN,,\n");
    let raw = String::from_utf8(to_csv(&[batch()], true).unwrap()).unwrap();
    assert_eq!(raw, "id,x,note,ok\n1,0.5,=1+1,true\n-20,NaN,,\n");
}

#[test]
fn json_keeps_order_and_types() {
    assert_eq!(
        to_json(&[batch()]).unwrap(),
        r#"[{"id":1,"x":0.5,"note":"=1+1","ok":true},{"id":-20,"x":null,"note":null,"ok":null}]"#
    );
    assert_eq!(to_json(&[]).unwrap(), "[]");
}

#[test]
fn parquet_needs_columns() {
    assert!(
        to_parquet(&[])
            .unwrap_err()
            .to_string()
            .contains("no columns")
    );
    assert_eq!(&to_parquet(&[batch()]).unwrap()[..4], b"PAR1");
}
