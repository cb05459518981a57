namespace Picket.Storage.Files;

/// <summary>The file layer, and all of it: names relative to the data folder, synchronous, failing with <see cref="IOException"/> only. Tests put a broken one in its place.</summary>
public interface IStorageFiles
{
    /// <summary>A new empty file with disk space set aside; an existing one is an error.</summary>
    IStorageFile Create(string name, long preallocate);

    /// <param name="writable">Whether it is to be written over.</param>
    IStorageFile Open(string name, bool writable = false);

    /// <summary>Makes a finished file appear under its name at once and for good: fsync, rename, fsync of the folder.</summary>
    void Publish(string temporaryName, string name);

    void Delete(string name);

    /// <summary>Names, with the folder, of the files in a folder; the folder is made when it is not there.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>Makes a folder's entries durable.</summary>
    void FlushFolder(string folder);

    long FreeBytes { get; }
}

/// <summary>One open file. Not thread-safe but for reading.</summary>
public interface IStorageFile : IDisposable
{
    string Name { get; }

    long Length { get; }

    /// <summary>Bytes read; fewer than asked for only at the end.</summary>
    int Read(Span<byte> into, long offset);

    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when the disk has what was written.</summary>
    void Flush();
}
