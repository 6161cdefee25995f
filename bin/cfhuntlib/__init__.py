"""The thin Python layer of cfhunt: frames in, the engine, frames out."""
