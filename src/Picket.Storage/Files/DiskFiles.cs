using Microsoft.Win32.SafeHandles;

namespace Picket.Storage.Files;

/// <summary>Files on a disk.</summary>
public sealed class DiskFiles(string root) : IStorageFiles
{
    public long FreeBytes => new DriveInfo(Path.GetFullPath(root)).AvailableFreeSpace;

    public IStorageFile Create(string name, long preallocate) => Guard(name, () =>
    {
        MakeFolderOf(name);
        try
        {
            return new DiskFile(name, File.OpenHandle(Full(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.None, preallocate));
        }
        catch (IOException) when (preallocate > 0 && !File.Exists(Full(name)))
        {
            // No room for all of it at once; what room there is may still do.
            return new DiskFile(name, File.OpenHandle(Full(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read));
        }
    });

    public IStorageFile Open(string name, bool writable = false) =>
        Guard(name, () => new DiskFile(
            name, File.OpenHandle(Full(name), FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));

    public void Publish(string temporaryName, string name) => Guard(name, () =>
    {
        using (var file = File.OpenHandle(Full(temporaryName), FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(file);
        }
        File.Move(Full(temporaryName), Full(name), overwrite: true);
        FlushFolder(Path.GetDirectoryName(name) ?? "");
        return true;
    });

    public void Delete(string name) => Guard(name, () =>
    {
        File.Delete(Full(name));
        return true;
    });

    public IReadOnlyList<string> List(string folder) => Guard(folder, () =>
    {
        var files = System.IO.Directory.Exists(Full(folder)) ? System.IO.Directory.GetFiles(Full(folder)) : [];
        return files.Select(path => Path.Combine(folder, Path.GetFileName(path))).Order(StringComparer.Ordinal).ToArray();
    });

    public void FlushFolder(string folder) => FolderSync.Flush(Full(folder));

    private void MakeFolderOf(string name)
    {
        var folder = Path.GetDirectoryName(Full(name))!;
        if (!System.IO.Directory.Exists(folder))
        {
            System.IO.Directory.CreateDirectory(folder);
            // The new folder's own name must last as well as the files that come into it.
            FolderSync.Flush(Path.GetDirectoryName(folder)!);
        }
    }

    private string Full(string name) => Path.Combine(root, name);

    // Everything the disk does wrong is an IOException to the rooms above.
    private static T Guard<T>(string name, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"{name} cannot be used: {error.Message}", error);
        }
    }

    private sealed class DiskFile(string name, SafeFileHandle handle) : IStorageFile
    {
        public string Name => name;

        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> into, long offset)
        {
            var read = 0;
            while (read < into.Length)
            {
                var step = RandomAccess.Read(handle, into[read..], offset + read);
                if (step == 0)
                {
                    break;
                }
                read += step;
            }
            return read;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void Flush() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
