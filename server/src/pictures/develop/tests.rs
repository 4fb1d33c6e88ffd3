use super::*;
use image::{GenericImageView, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};

/// What a camera writes into its files and nobody means to send.
const PLACE: &[u8] = b"48.2082N 16.3738E";

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("writes");
    bytes.into_inner()
}

/// Red at the left, blue at the right.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) },
    )
}

fn back(developed: &Developed) -> DynamicImage {
    let image = image::load_from_memory(&developed.bytes).expect("what was written can be read");
    assert_eq!((image.width(), image.height()), (developed.width, developed.height));
    image
}

/// As a phone writes it that is held upright: with where it was taken (Exif 2.32).
fn photograph(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    // ImageDescription, text, behind both entries; Orientation, one short number.
    exif.extend_from_slice(&[0x0e, 0x01, 2, 0, PLACE.len() as u8, 0, 0, 0, 38, 0, 0, 0]);
    exif.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    exif.extend_from_slice(&[0, 0, 0, 0]);
    exif.extend_from_slice(PLACE);
    let jpeg = encoded(image.clone(), ImageFormat::Jpeg);
    let mut raw = jpeg[..2].to_vec();
    raw.extend_from_slice(&[0xff, 0xe1]);
    raw.extend_from_slice(&u16::try_from(exif.len() + 2).expect("short").to_be_bytes());
    raw.extend_from_slice(&exif);
    raw.extend_from_slice(&jpeg[2..]);
    raw
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photograph_is_turned_the_right_way_up_and_says_nothing_of_its_place() {
    let raw = photograph(&halves(64, 32), 6);
    assert!(holds(&raw, PLACE));
    let developed = develop(&raw).expect("is a picture");
    assert_eq!((developed.kind, developed.width, developed.height), (PictureKind::Jpeg, 32, 64));
    assert!(!holds(&developed.bytes, PLACE) && !holds(&developed.bytes, b"Exif"));
    let shown = back(&developed);
    // A quarter to the right: what was left is above.
    assert!(shown.get_pixel(16, 8).0[0] > 150 && shown.get_pixel(16, 56).0[2] > 150);
}

#[test]
fn a_large_one_is_made_smaller_and_keeps_its_shape() {
    let developed = develop(&encoded(halves(5_000, 2_500), ImageFormat::Jpeg)).expect("is a picture");
    assert_eq!((developed.width, developed.height), (PICTURE_EDGE_PX, PICTURE_EDGE_PX / 2));
    back(&developed);
    let thin = develop(&encoded(halves(8_000, 1), ImageFormat::Png)).expect("is a picture");
    assert_eq!((thin.width, thin.height), (PICTURE_EDGE_PX, 1));
}

#[test]
fn drawings_stay_sharp_and_what_shines_through_does() {
    for format in [ImageFormat::Png, ImageFormat::Gif] {
        let developed = develop(&encoded(halves(40, 20), format)).expect("is a picture");
        assert_eq!(developed.kind, PictureKind::Png, "{format:?}");
        assert_eq!(back(&developed).get_pixel(19, 0).0, [220, 20, 20, 255], "{format:?}");
    }
    let glass = RgbaImage::from_pixel(20, 20, Rgba([10, 200, 10, 100]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let developed = develop(&encoded(glass.clone(), format)).expect("is a picture");
        assert_eq!(back(&developed).get_pixel(3, 3).0, [10, 200, 10, 100], "{format:?}");
    }
    let solid = develop(&encoded(halves(40, 20), ImageFormat::WebP)).expect("is a picture");
    assert_eq!(solid.kind, PictureKind::Jpeg);
}

#[test]
fn a_photograph_that_was_saved_like_a_drawing_is_kept_like_a_photograph() {
    let noise = |x: u32, y: u32| {
        (x.wrapping_mul(7_919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761).to_be_bytes()
    };
    let photograph = RgbaImage::from_fn(1_200, 900, |x, y| {
        let [red, green, blue, _] = noise(x, y);
        Rgba([red, green, blue, if x < 600 { 0 } else { 255 }])
    });
    let raw = encoded(photograph, ImageFormat::Png);
    assert!(raw.len() > limits::DRAWING_BYTES);
    let developed = develop(&raw).expect("is a picture");
    assert_eq!(developed.kind, PictureKind::Jpeg);
    assert!(back(&developed).get_pixel(100, 100).0[..3].iter().all(|part| *part > 230), "on white paper");
}

#[test]
fn of_a_picture_that_moves_the_first_one_is_kept() {
    let mut raw = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut raw);
    for colour in [[200, 0, 0, 255], [0, 0, 200, 255]] {
        encoder.encode_frame(image::Frame::new(RgbaImage::from_pixel(8, 8, Rgba(colour)))).expect("writes");
    }
    drop(encoder);
    let developed = develop(&raw).expect("is a picture");
    assert_eq!(back(&developed).get_pixel(4, 4).0, [200, 0, 0, 255]);
}

#[test]
fn what_is_no_picture_is_known_by_what_it_is() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(2)</script></svg>";
    let page = "<!doctype html><script>alert(1)</script>";
    let no_pictures: [&[u8]; 8] = [
        b"",
        b"hello",
        svg.as_bytes(),
        page.as_bytes(),
        b"%PDF-1.7",
        b"BM\0\0",
        b"II*\0",
        b"\0\0\0\x18ftypheic",
    ];
    for raw in no_pictures {
        assert_eq!(develop(raw).err(), Some(Unfit::Kind), "{}", String::from_utf8_lossy(raw));
    }
    // What only begins like one.
    for raw in
        [&b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"[..], b"GIF89a<script>", b"\xff\xd8\xff\xe0<html>"]
    {
        assert_eq!(develop(raw).err(), Some(Unfit::Broken), "{}", String::from_utf8_lossy(raw));
    }
}

#[test]
fn what_stands_behind_a_picture_goes() {
    let mut raw = encoded(halves(16, 16), ImageFormat::Png);
    raw.extend_from_slice(b"<script>alert(1)</script>");
    let developed = develop(&raw).expect("is a picture");
    assert!(!holds(&developed.bytes, b"<script>"));
}

#[test]
fn what_ends_too_soon_is_damaged_and_harms_nothing() {
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Jpeg] {
        let raw = encoded(halves(200, 200), format);
        for length in (1..raw.len()).step_by(raw.len() / 20 + 1) {
            if let Ok(developed) = develop(&raw[..length]) {
                back(&developed);
            }
        }
        let half = develop(&raw[..raw.len() / 2]).map(|_| ());
        assert_eq!(half.err(), Some(Unfit::Broken), "{format:?}");
    }
}

#[test]
fn what_would_be_too_large_is_not_read_at_all() {
    let mut pixels = Vec::new();
    let white = vec![255_u8; 10_000 * 6_000];
    let encoder = PngEncoder::new(&mut pixels);
    encoder.write_image(&white, 10_000, 6_000, image::ExtendedColorType::L8).expect("writes");
    assert!(pixels.len() < 1_000_000, "60 megapixels in a small file: {}", pixels.len());
    assert_eq!(develop(&pixels).err(), Some(Unfit::TooLarge));
    // Four gigapixels, says the head of some forty bytes.
    let mut bomb = encoded(halves(2, 2), ImageFormat::Gif);
    bomb[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(develop(&bomb).err(), Some(Unfit::TooLarge));
    let mut long = encoded(halves(8, 8), ImageFormat::Png);
    long.resize(PICTURE_BYTES + 1, 0);
    assert_eq!(develop(&long).err(), Some(Unfit::TooLarge));
}
