//! One picture: known by its first bytes and not by its name, read within limits, turned
//! the right way up, made smaller, and written anew.

use super::Developed;
use crate::limits;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
    metadata::Orientation,
};
use shopbell_channels::{Unfit, limits::PICTURE_BYTES, limits::PICTURE_PIXELS};
use shopbell_protocol::limits::PICTURE_EDGE_PX;
use shopbell_store::PictureKind;
use std::io::Cursor;

/// JPEG's own measure, up to 100: above it files grow and nobody sees why.
const JPEG_QUALITY: u8 = 85;
/// What shines through is shown on paper where it can't be kept.
const PAPER: u8 = 255;

pub(super) fn develop(raw: &[u8]) -> Result<Developed, Unfit> {
    if raw.len() > PICTURE_BYTES {
        return Err(Unfit::TooLarge);
    }
    let format = kind_of(raw)?;
    if format == ImageFormat::Jpeg && !is_whole_jpeg(raw) {
        return Err(Unfit::Broken);
    }
    let (image, orientation) = read(raw, format)?;
    let mut image = shrink(image);
    image.apply_orientation(orientation);
    // Drawings and screens have sharp edges that JPEG would blur.
    let is_drawing = matches!(format, ImageFormat::Png | ImageFormat::Gif);
    write(&image, is_drawing)
}

/// By what it is, never by what somebody says that it is.
fn kind_of(raw: &[u8]) -> Result<ImageFormat, Unfit> {
    use ImageFormat::{Gif, Jpeg, Png, WebP};
    let format = image::guess_format(raw).map_err(|_| Unfit::Kind)?;
    if matches!(format, Gif | Jpeg | Png | WebP) { Ok(format) } else { Err(Unfit::Kind) }
}

/// Whether it has an end (ITU T.81, B.1.1.3). The decoder makes the rest of one without it
/// grey, which nobody has sent.
fn is_whole_jpeg(raw: &[u8]) -> bool {
    // Within what is encoded, no byte but these follows one of 0xff.
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
    let mut rest = raw.get(2..).unwrap_or_default();
    while let Some(at) = rest.windows(2).position(is_marker) {
        if rest[at + 1] == 0xd9 {
            return true;
        }
        // A segment says how long it is, and may have a small picture with an end of its own in it.
        let segment = &rest[at + 2..];
        let length = segment.first_chunk().map_or(usize::MAX, |length| u16::from_be_bytes(*length).into());
        rest = segment.get(length..).unwrap_or_default();
    }
    false
}

/// Reads it, of one that moves the first picture. How large it is stands at its beginning:
/// one that says too much is not read at all, and one that says too little has no room.
fn read(raw: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), Unfit> {
    let mut reader = ImageReader::with_format(Cursor::new(raw), format);
    let mut most = Limits::no_limits();
    most.max_alloc = Some(limits::PICTURE_MEMORY_BYTES);
    reader.limits(most);
    let mut decoder = reader.into_decoder().map_err(why)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PICTURE_PIXELS || decoder.total_bytes() > limits::PICTURE_MEMORY_BYTES {
        return Err(Unfit::TooLarge);
    }
    if pixels == 0 {
        return Err(Unfit::Broken);
    }
    // One that can't be read is as good as none (TIFF 6.0, tag 274).
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(why)?;
    Ok((image, orientation))
}

fn why(error: ImageError) -> Unfit {
    match error {
        ImageError::Limits(_) => Unfit::TooLarge,
        ImageError::Unsupported(_) => Unfit::Kind,
        _ => Unfit::Broken,
    }
}

/// Before it is turned, for then there is less to turn.
fn shrink(image: DynamicImage) -> DynamicImage {
    if image.width().max(image.height()) <= PICTURE_EDGE_PX {
        return image;
    }
    image.thumbnail(PICTURE_EDGE_PX, PICTURE_EDGE_PX)
}

fn write(image: &DynamicImage, is_drawing: bool) -> Result<Developed, Unfit> {
    let (width, height) = (image.width(), image.height());
    let shines_through = image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    if is_drawing || shines_through {
        let mut bytes = Vec::new();
        let encoder =
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        if shines_through {
            image.to_rgba8().write_with_encoder(encoder).map_err(why)?;
        } else {
            image.to_rgb8().write_with_encoder(encoder).map_err(why)?;
        }
        // A photograph that was saved like a drawing is ten times as large for nothing.
        if bytes.len() <= limits::DRAWING_BYTES {
            return Ok(Developed { kind: PictureKind::Png, width, height, bytes });
        }
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    on_paper(image, shines_through).write_with_encoder(encoder).map_err(why)?;
    Ok(Developed { kind: PictureKind::Jpeg, width, height, bytes })
}

fn on_paper(image: &DynamicImage, shines_through: bool) -> image::RgbImage {
    if !shines_through {
        return image.to_rgb8();
    }
    let mut flat = image::RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.to_rgba8().pixels()) {
        let [red, green, blue, alpha] = from.0;
        let over = |part: u8| {
            let (part, alpha) = (u32::from(part), u32::from(alpha));
            u8::try_from((part * alpha + u32::from(PAPER) * (255 - alpha)) / 255).unwrap_or(PAPER)
        };
        to.0 = [over(red), over(green), over(blue)];
    }
    flat
}

#[cfg(test)]
mod tests;
